// Proves that top: matches the first frame of one's own only: a caller further out hides nothing.
// SETUP: printf 'top:^main$\ntop:hidden\n' >supp
// ENV: SESSGUARD_OPTIONS=suppressions=supp
// EXPECT: in shown
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place \(1 suppressed\)
// REJECT: in hidden
#include <sys/socket.h>

__attribute__((noinline)) static int hidden(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int shown(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void) { return hidden() < 0 || shown() < 0; }
