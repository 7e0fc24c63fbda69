// Proves that a child which is forked in libcurl's callback reports what it opened itself and nothing else,
// however it ends, and that its parent's session works on.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 2
// CHECK: test "$(grep -c 'in of_child' "$REPORT")" = 2
// REJECT: curl\.easy
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int n_good, n_calls;
__attribute__((noinline)) static int of_child(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static size_t forks(char *data, size_t size, size_t count, void *context)
{
    int status;
    (void)data, (void)context;
    for (int i = 0; i < 2 && n_calls == 0; i++) {
        if (fork() == 0) {
            int fd = of_child();
            if (i == 0)
                exit(fd < 0);
            _exit(fd < 0);
        }
        n_good += wait(&status) > 0 && status == 0;
    }
    n_calls++;
    return size * count;
}
int main(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTPS_URL"));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, forks);
    int first = curl_easy_perform(easy), second = curl_easy_perform(easy);
    printf("%d %d %d\n", first, second, n_good);
    curl_easy_cleanup(easy);
    return 0;
}
