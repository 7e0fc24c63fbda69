/* Connects to a TLS server, and closes the session itself or leaves it open. When
 * OpenSSL is then asked to read, as libcurl does before its goodbye, something has
 * just come: the server is told to send it, and it is waited for.
 *
 *   late closes|leaves URL FD     what is written to FD the server has as its command */
#include <curl/curl.h>
#include <dlfcn.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int words;
static curl_socket_t fd = CURL_SOCKET_BAD;
static int is_leaving;

/* What has come: where nothing is let in any more the server sends it again. */
static int has_come(const struct tcp_info *before)
{
    struct tcp_info now = {0};
    socklen_t length = sizeof now;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &now, &length) != 0)
        _exit(97);
    return now.tcpi_data_segs_in > before->tcpi_data_segs_in || now.tcpi_segs_in >= before->tcpi_segs_in + 3;
}

/* In the place of OpenSSL's, for libcurl too. */
__attribute__((visibility("default"))) int SSL_read(void *session, void *data, int size)
{
    int (*own)(void *, void *, int) = (int (*)(void *, void *, int))dlsym(RTLD_NEXT, "SSL_read");
    if (is_leaving) {
        is_leaving = 0;
        struct tcp_info before = {0};
        socklen_t length = sizeof before;
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &before, &length) != 0)
            _exit(97);
        if (write(words, "k\n", 2) != 2)
            _exit(98);
        while (!has_come(&before))
            sched_yield();
    }
    return own(session, data, size);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    words = atoi(argv[3]);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, argv[2]);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, 300L);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    printf("talked: %d\n", curl_easy_perform(easy));
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    is_leaving = 1;
    if (!strcmp(argv[1], "closes")) {
        curl_easy_cleanup(easy);
        printf("closed\n");
    }
    return 0;
}
