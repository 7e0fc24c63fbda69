// Proves that a suppression with max=2 does not hide three.
// CFLAGS: -O0
// SETUP: printf 'leak[max=2]:known_leak\n' >supp
// ENV: SESSGUARD_OPTIONS=suppressions=supp
// EXPECT: ^3 sockets?( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 3 sessions leaked at 1 place
#include <sys/socket.h>

__attribute__((noinline)) static int known_leak(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    for (int i = 0; i < 3; i++)
        known_leak();
    return 0;
}
