// Proves that an easy handle that keeps its connection alive holds that socket, which is no leak of its
// own, and that the peer is shown, less user, password and query.
// LIBS: -lcurl
// SERVER: http
// EXPECT: ^1 curl\.easy
// EXPECT: holds 1 socket
// EXPECT: peer 127\.0\.0\.1:[0-9]+
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: ^[0-9]+ sockets?
// REJECT: hunter2|token=
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}
int main(void)
{
    char url[256];
    CURL *easy = curl_easy_init();
    snprintf(url, sizeof url, "http://user:hunter2@%s/?token=hunter2",
             strstr(getenv("TEST_HTTP_URL"), "//") + 2);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    printf("%d\n", curl_easy_perform(easy));
    return 0;
}
