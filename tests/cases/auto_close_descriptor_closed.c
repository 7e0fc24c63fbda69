// Proves that auto-close leaves a session alone whose descriptor was closed by the program: the number may be
// another's by now, and nobody must say a goodbye there.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXPECT: skipped 1 \(the program closed its descriptor\)
// CHECK: [ "$(grep -c "skipped 1 (the program closed its descriptor)" "$REPORT")" = 8 ]
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_session(int kind)
{
    curl_socket_t fd = -1;
    CURL *easy = curl_easy_init();
    CURLM *multi = kind >= 4 ? curl_multi_init() : NULL;
    int running = 1;
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTPS_URL"));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, (long)(kind == 5));
    if (!multi && curl_easy_perform(easy) != CURLE_OK)
        exit(1);
    if (multi)
        curl_multi_add_handle(multi, easy);
    while (multi && running && curl_multi_perform(multi, &running) == CURLM_OK)
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    return fd;
}

/* Whatever happens to the descriptor, its number is then that of our end. */
static void replace(int kind, int fd, int end)
{
    if (kind == 0)
        close(fd);
    else if (kind == 1)
        close_range((unsigned)fd, (unsigned)fd, 0);
    else if (kind == 2)
        fclose(fdopen(fd, "r"));
    else if (kind == 3) { /* unseen, but that the next socket gets the number tells */
        syscall(SYS_close, fd);
        if (socket(AF_UNIX, SOCK_STREAM, 0) != fd)
            exit(2);
        syscall(SYS_close, fd);
        syscall(SYS_dup3, end, fd, 0);
        syscall(SYS_close, end);
        return;
    }
    dup2(end, fd);
    close(end);
}

int main(void)
{
    char bytes[4096];
    for (int kind = 0; kind < 6; kind++) {
        int ends[2];
        int status;
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        if (fork() == 0) {
            close(ends[0]);
            replace(kind, open_session(kind), ends[1]);
            exit(0);
        }
        close(ends[1]);
        ssize_t n = read(ends[0], bytes, sizeof bytes);
        close(ends[0]);
        wait(&status);
        printf("%d: %zd bytes, status %d\n", kind, n, status);
        fflush(stdout);
    }
    return 0;
}
