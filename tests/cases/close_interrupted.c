// Proves that a close that says EINTR has closed: on Linux the number is free. It also proves that another
// library's close, which stands between us and libc, is the one that is called.
// WITH: interrupted_close.c
// CLEAN
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), result = close(fd);
    printf("%d %d\n", result, errno == EINTR);
    return socket(AF_INET, 99, 0) != -1;
}
