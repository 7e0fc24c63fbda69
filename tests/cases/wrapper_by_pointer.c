// Proves that a library which wraps libcurl under the same names, and calls on by pointers from dlsym, gets to
// libcurl and not to itself.
// WITH: wraps_curl.c
// LIBS: -lcurl
// SERVER: http
// EXPECT: ^1 curl\.easy
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
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
    CURL *closed = curl_easy_init();
    CURL *leaked = curl_easy_init();
    curl_easy_setopt(closed, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(closed, CURLOPT_WRITEFUNCTION, drop);
    printf("%d %d\n", (int)curl_easy_perform(closed), leaked == NULL);
    curl_easy_cleanup(closed);
    return 0;
}
