// Proves that auto-close is safe where the program called curl_global_cleanup before.
// LIBS: -lcurl
// MODE: auto-close
// EXPECT: ^1 curl\.easy
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <curl/curl.h>

int main(void)
{
    curl_global_init(CURL_GLOBAL_ALL);
    CURL *easy = curl_easy_init();
    curl_global_cleanup();
    return easy == NULL;
}
