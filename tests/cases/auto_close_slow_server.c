// Proves that auto-close does not hang at an FTP server that never answers QUIT (a plain close waits two minutes).
// LIBS: -lcurl
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=close_timeout_ms=2000
// EXPECT: ^1 curl\.easy
// STDOUT: same
#include "net.h"
#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

static int listener;
static void answer(int fd, const char *line) { net_must(send(fd, line, strlen(line), 0) > 0, "send"); }
static void *serve(void *unused)
{
    char line[256];
    int fd = accept(listener, NULL, NULL);
    answer(fd, "220 ready\r\n");
    for (;;) {
        ssize_t got = recv(fd, line, sizeof line - 1, 0);
        if (got <= 0)
            return unused;
        line[got] = '\0';
        if (!strncmp(line, "USER", 4))
            answer(fd, "331 password\r\n");
        else if (!strncmp(line, "PASS", 4))
            answer(fd, "230 welcome\r\n");
        else if (!strncmp(line, "PWD", 3))
            answer(fd, "257 \"/\"\r\n");
        else if (strncmp(line, "QUIT", 4) != 0)
            answer(fd, "200 fine\r\n");
    }
}
int main(void)
{
    struct sockaddr_in address;
    pthread_t thread;
    char url[64];
    listener = net_listen(&address);
    curl_global_init(CURL_GLOBAL_ALL);
    pthread_create(&thread, NULL, serve, NULL);
    snprintf(url, sizeof url, "ftp://127.0.0.1:%d/", ntohs(address.sin_port));
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    printf("%d\n", curl_easy_perform(easy));
    return 0;
}
