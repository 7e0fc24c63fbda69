// Proves that closing twice is one close, with the errno that the kernel gives, and no report.
// CLEAN
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int first = close(fd), second = close(fd);
    printf("%d %d %d\n", first, second, errno == EBADF);
    errno = 0;
    int none = close(-1);
    printf("%d %d\n", none, errno == EBADF);
    printf("%d\n", close(1000000));
    return 0;
}
