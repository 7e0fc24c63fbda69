// Proves that a curl_multi_cleanup that refuses (called in a callback of its own) keeps the record with
// its first stack, and that a bad handle harms nothing.
// LIBS: -lcurl
// SERVER: http
// STDOUT: same
// EXPECT: ^1 curl\.multi
// EXPECT: in leak_here .*multi_cleanup_fails\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static CURLM *multi;
static CURLMcode inside = CURLM_OK;
__attribute__((noinline)) static void leak_here(void) { multi = curl_multi_init(); }

static size_t write_cb(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    inside = curl_multi_cleanup(multi);
    return size * count;
}
int main(void)
{
    int running = 1;
    long not_a_multi[64] = {0};
    leak_here();
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_cb);
    curl_multi_add_handle(multi, easy);
    while (running && curl_multi_perform(multi, &running) == CURLM_OK)
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    printf("in a callback: %d; bad handle: %d; none: %d\n", inside, curl_multi_cleanup((CURLM *)not_a_multi),
           curl_multi_cleanup(NULL));
    return 0;
}
