// Proves that auto-close in a forked child closes nothing of its parent's: the parent's connection works on.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// CLEAN
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}
int main(void)
{
    int status;
    long connects = -1;
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTPS_URL"));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    int first = curl_easy_perform(easy);
    if (fork() == 0)
        exit(0);
    int waited = wait(&status) > 0, second = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
    printf("%d %d %d %ld\n", first, waited, second, connects); /* no new connection was needed */
    curl_easy_cleanup(easy);
    return 0;
}
