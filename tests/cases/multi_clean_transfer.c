// Proves that a multi handle with a finished transfer, then closed, gives no report.
// LIBS: -lcurl
// SERVER: http
// CLEAN
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
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    return curl_multi_cleanup(multi) != CURLM_OK;
}
