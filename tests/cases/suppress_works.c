// Proves that a suppression in LSan's format hides its leak, is listed as used, and the other leak stays.
// CFLAGS: -O0
// SETUP: printf '# ours\nleak:known_leak\n' >supp
// ENV: SESSGUARD_OPTIONS=suppressions=supp
// EXPECT: in new_leak
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place \(2 suppressed\)
// EXPECT: leak:known_leak
// REJECT: in known_leak
#include <sys/socket.h>

__attribute__((noinline)) static int known_leak(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int new_leak(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    for (int i = 0; i < 2; i++)
        known_leak();
    return new_leak() < 0;
}
