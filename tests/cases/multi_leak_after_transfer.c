// Proves that the sockets of a leaked multi handle are shown under it: the connection that its closed
// easy handle left in the pool belongs to the multi handle.
// LIBS: -lcurl
// SERVER: http
// EXPECT: ^1 curl\.multi
// EXPECT: holds [0-9]+ sockets?
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: ^[0-9]+ sockets?
#include <curl/curl.h>
#include <stdlib.h>

static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}
int main(void)
{
    CURL *easy = curl_easy_init();
    CURLM *multi = curl_multi_init();
    int running = 1;
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_multi_add_handle(multi, easy);
    while (running && curl_multi_perform(multi, &running) == CURLM_OK)
        curl_multi_wait(multi, NULL, 0, 1000, NULL);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    return 0;
}
