// Proves that auto-close comes after the program's own atexit handlers: what they close is not closed twice.
// LIBS: -lcurl
// MODE: auto-close
// CLEAN
#include <curl/curl.h>
#include <stdlib.h>

static CURL *easy;
static void close_it(void) { curl_easy_cleanup(easy); }

int main(void)
{
    atexit(close_it);
    easy = curl_easy_init();
    return 0;
}
