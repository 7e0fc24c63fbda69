// Proves that a socket taken with pidfd_getfd is the taker's leak.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in take .*pidfd_getfd_leak\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int take(int process, int fd)
{
    int taken = pidfd_getfd(process, fd, 0);
    return taken;
}
int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), process = pidfd_open(getpid(), 0);
    printf("%d\n", take(process, fd) > 0);
    return close(fd) || close(process);
}
