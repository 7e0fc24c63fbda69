// Proves that a dup2 that fails closes nothing: the target keeps its record and its stack.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in open_it .*dup2_fails\.c
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int open_it(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    int fd = open_it(), status = dup2(999, fd);
    printf("%d %d\n", status, errno == EBADF);
    return 0;
}
