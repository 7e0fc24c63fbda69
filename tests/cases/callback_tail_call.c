// Proves that a handle which a callback uses by a tail call, so that libcurl seems to call itself, is known as
// the program's: the connections that it opens are its own.
// CFLAGS: -O2 -foptimize-sibling-calls
// LIBS: -lcurl
// SERVER: http
// EXPECT: ^1 curl\.easy
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static CURL *second;
static int calls;

static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)context, (void)a, (void)b, (void)c, (void)d;
    if (calls++)
        return 0;
    return (int)curl_easy_perform(second);
}

static CURL *prepared(void)
{
    CURL *handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, drop);
    return handle;
}

int main(void)
{
    CURL *first = prepared();
    second = prepared();
    curl_easy_setopt(first, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(first, CURLOPT_XFERINFOFUNCTION, on_progress);
    CURLcode result = curl_easy_perform(first);
    curl_easy_cleanup(first);
    printf("%d %d\n", (int)result, calls > 0);
    return 0;
}
