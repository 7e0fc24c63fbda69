// Proves that a socket that libcurl opened and, by the program's own callback, never closed, is a leak of
// its own once the session is closed.
// LIBS: -lcurl
// SERVER: http
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// EXPECT: in main .*<-- here$
// EXPECT: opened by libcurl for a session that is closed
// EXPECT: suppress: id\[max=1\]:
// REJECT: ^[0-9]+ curl
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static int keep_open(void *context, curl_socket_t fd)
{
    (void)context, (void)fd;
    return 0;
}
static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}
int main(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, keep_open);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    printf("%d\n", curl_easy_perform(easy));
    curl_easy_cleanup(easy);
    return 0;
}
