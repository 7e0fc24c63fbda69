// Proves that the copy that dup3 makes of a socket is a leak once the original is closed.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in copy_it .*dup3_leak\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: in open_it
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int open_it(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int copy_it(int fd)
{
    int copy = dup3(fd, 78, O_CLOEXEC);
    return copy;
}
int main(void)
{
    int fd = open_it();
    printf("%d\n", copy_it(fd));
    return close(fd);
}
