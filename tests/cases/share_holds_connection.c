// Proves that a connection that lives in a share handle is shown under the share once its easy handle is
// closed.
// LIBS: -lcurl
// SERVER: http
// EXPECT: ^1 curl\.share
// EXPECT: holds [0-9]+ sockets?
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: ^[0-9]+ sockets?
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
    CURLSH *share = curl_share_init();
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    printf("%d\n", curl_easy_perform(easy));
    curl_easy_cleanup(easy);
    return 0;
}
