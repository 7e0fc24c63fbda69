// Proves that hooks leave errno and results alone also where there is no memory to note anything down, and
// that what could not be noted gives no false report.
// CLEAN
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHOW(call)                                                                                           \
    do {                                                                                                     \
        errno = 4242;                                                                                        \
        int result = (int)(call);                                                                            \
        printf("%s: %d %d\n", #call, result, errno);                                                         \
    } while (0)

int main(void)
{
    struct rlimit limit = {1 << 20, 1 << 20}; /* less than is mapped already */
    int fd, pair[2];
    setrlimit(RLIMIT_AS, &limit);
    SHOW(fd = socket(AF_INET, SOCK_STREAM, 0));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    SHOW(dup2(fd, 70));
    SHOW(dup(-1));
    SHOW(fcntl(fd, F_DUPFD, 80));
    SHOW(accept(fd, NULL, NULL));
    SHOW(close(70));
    SHOW(close(70));
    SHOW(close_range(80, 80, 0));
    return close(fd) || close(pair[0]) || close(pair[1]);
}
