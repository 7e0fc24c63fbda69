// Proves that the hooks that errno_kept leaves out leave errno as the real functions do, too.
// LIBS: -lcurl
// CLEAN
#include "net.h"
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/pidfd.h>

#define SHOW(call)                                                                                           \
    do {                                                                                                     \
        errno = 4242;                                                                                        \
        long result = (long)(call);                                                                          \
        printf("%s: %d %d\n", #call, result < 0, errno);                                                     \
    } while (0)

int main(void)
{
    struct sockaddr_in address, wrong = {.sin_family = 99};
    struct mmsghdr messages[1] = {0};
    int listener = net_listen(&address), fd = socket(AF_INET, SOCK_STREAM, 0), other, pidfd;
    FILE *file, *second;
    SHOW(connect(fd, (struct sockaddr *)&wrong, sizeof wrong));
    SHOW(connect(fd, (struct sockaddr *)&address, sizeof address));
    SHOW(connect(fd, (struct sockaddr *)&address, sizeof address));
    SHOW(other = accept(listener, NULL, NULL));
    SHOW(dup3(fd, 90, O_CLOEXEC));
    SHOW(dup3(fd, 91, 12345));
    SHOW(fcntl64(fd, F_DUPFD_CLOEXEC, 92));
    SHOW(fcntl64(-1, F_DUPFD_CLOEXEC, 92));
    SHOW(recvmmsg(fd, messages, 1, MSG_DONTWAIT, NULL));
    SHOW(recvmmsg(-1, messages, 1, 0, NULL));
    SHOW(pidfd = pidfd_open(getpid(), 0));
    SHOW(pidfd_getfd(pidfd, 1000, 0));
    SHOW(pidfd_getfd(pidfd, fd, 0));
    SHOW((file = fdopen(-1, "r")) == NULL ? -1 : 0);
    SHOW((file = fdopen(other, "r")) == NULL ? -1 : 0);
    SHOW((second = fdopen(dup(other), "r")) == NULL ? -1 : 0);
    SHOW(freopen("/none/x", "r", second) == NULL ? -1 : 0);
    SHOW((file = freopen64("/dev/null", "r", file)) == NULL ? -1 : 0);
    SHOW(fclose(file));
    SHOW(fcloseall());
    SHOW((closefrom(3), 0));
    CURLM *multi;
    CURL *easy, *copy;
    SHOW((multi = curl_multi_init()) == NULL ? -1 : 0);
    SHOW((easy = curl_easy_init()) == NULL ? -1 : 0);
    SHOW((copy = curl_easy_duphandle(easy)) == NULL ? -1 : 0);
    SHOW(curl_multi_add_handle(multi, easy));
    SHOW(curl_multi_remove_handle(multi, easy));
    SHOW(curl_multi_cleanup(multi));
    SHOW((curl_easy_cleanup(easy), curl_easy_cleanup(copy), 0));
    return 0;
}
