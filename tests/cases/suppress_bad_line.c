// Proves that a bad line is named with file and line number, and the lines beside it count.
// SETUP: printf 'leak:hidden\nthis is no suppression\nnosuchtype:main\n' >supp
// ENV: SESSGUARD_OPTIONS=suppressions=supp
// EXPECT: sessguard: .*supp:2
// EXPECT: sessguard: .*supp:3
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place \(1 suppressed\)
#include <sys/socket.h>

__attribute__((noinline)) static int hidden(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void) { return hidden() < 0 || socket(AF_INET, SOCK_STREAM, 0) < 0; }
