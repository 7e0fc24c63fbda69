// Proves that auto-close leaves alone a handle in whose own callback the program calls exit.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXIT: 9
// EXPECT: ^1 curl\.easy
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <curl/curl.h>
#include <stdlib.h>

static size_t leave(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)size, (void)count, (void)context;
    exit(9);
}
int main(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, leave);
    return (int)curl_easy_perform(easy);
}
