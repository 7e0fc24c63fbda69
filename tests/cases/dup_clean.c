// Proves that a socket and all its copies, closed, give no report, and that dup2 to itself closes nothing.
// CLEAN
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int copy[5] = {dup(fd), dup2(fd, 90), dup3(fd, 91, 0), fcntl(fd, F_DUPFD, 92), dup2(fd, fd)};
    for (int i = 0; i < 4; i++)
        printf("%d %d\n", copy[i], close(copy[i]));
    printf("%d %d\n", copy[4] == fd, close(fd));
    return 0;
}
