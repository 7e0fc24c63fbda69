// Proves that the report waits for atexit handlers: what they close is no leak.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>
#include <stdlib.h>

static CURL *easy;
static void close_it(void) { curl_easy_cleanup(easy); }

int main(void)
{
    atexit(close_it);
    easy = curl_easy_init();
    exit(0);
}
