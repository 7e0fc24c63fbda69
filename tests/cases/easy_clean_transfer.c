// Proves that handles libcurl makes for itself (to close its pool of connections) are not taken for the
// program's: a clean program with transfers, a share and a multi handle gives no report.
// LIBS: -lcurl
// SERVER: http
// CLEAN
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}
int main(void)
{
    curl_global_init(CURL_GLOBAL_ALL);
    CURLSH *share = curl_share_init();
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    for (int i = 0; i < 4; i++) {
        CURL *easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_URL, getenv(i % 2 ? "TEST_HTTP_URL" : "TEST_HTTPS_URL"));
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
        if (i < 2)
            curl_easy_setopt(easy, CURLOPT_SHARE, share);
        printf("%d\n", curl_easy_perform(easy));
        curl_easy_cleanup(easy);
    }
    printf("%d\n", curl_share_cleanup(share));
    curl_global_cleanup();
    return 0;
}
