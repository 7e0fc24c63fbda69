// Proves the same for TLS: the handle is the leak, its socket is held by it.
// LIBS: -lcurl
// SERVER: http
// EXPECT: ^1 curl\.easy
// EXPECT: holds 1 socket
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
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTPS_URL"));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    printf("%d\n", curl_easy_perform(easy));
    return 0;
}
