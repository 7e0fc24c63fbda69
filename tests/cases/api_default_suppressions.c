// Proves that a program may bring suppressions of its own.
// CFLAGS: -rdynamic
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place \(1 suppressed\)
// REJECT: in hidden
#include <sys/socket.h>

const char *__sessguard_default_suppressions(void);
const char *__sessguard_default_suppressions(void) { return "leak:hidden\n"; }

__attribute__((noinline)) static int hidden(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void) { return hidden() < 0 || socket(AF_INET, SOCK_STREAM, 0) < 0; }
