// Proves that hooks leave errno as the real functions do: untouched where they succeed, theirs where they fail.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHOW(call)                                                                                           \
    do {                                                                                                     \
        errno = 4242;                                                                                        \
        long result = (long)(call);                                                                          \
        printf("%s: %d %d\n", #call, result < 0, errno);                                                     \
    } while (0)

int main(void)
{
    int fd, pair[2], none[2];
    SHOW(fd = socket(AF_INET, SOCK_STREAM, 0));
    SHOW(socket(99, SOCK_STREAM, 0));
    SHOW(socket(AF_INET, 99, 0));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    SHOW(socketpair(AF_INET, SOCK_STREAM, 0, none));
    SHOW(accept(fd, NULL, NULL));
    SHOW(accept4(pair[0], NULL, NULL, 12345));
    SHOW(dup2(fd, 80));
    SHOW(dup2(fd, -1));
    SHOW(dup3(fd, fd, 0));
    SHOW(dup(-1));
    SHOW(fcntl(fd, F_DUPFD, 1 << 30));
    SHOW(fcntl(fd, F_GETFL) < 0);
    SHOW(close_range(80, 80, 0));
    SHOW(close_range(9, 8, 0));
    SHOW(recvmsg(-1, NULL, 0));
    SHOW(close(fd));
    SHOW(close(fd));
    SHOW(close(pair[0]));
    SHOW(close(pair[1]));
    CURL *easy;
    SHOW((easy = curl_easy_init()) == NULL);
    SHOW((curl_easy_cleanup(easy), 0));
    return 0;
}
