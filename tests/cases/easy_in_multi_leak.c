// Proves that an easy handle left in a multi handle that is left too gives both, each at its own place.
// LIBS: -lcurl
// EXPECT: ^1 curl\.easy
// EXPECT: ^1 curl\.multi \(libcurl multi handle\) never closed
// EXPECT: in open_easy .*easy_in_multi_leak\.c
// EXPECT: in open_multi .*easy_in_multi_leak\.c
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 2 places
#include <curl/curl.h>

static CURL *easy;
static CURLM *multi;
__attribute__((noinline)) static void open_easy(void) { easy = curl_easy_init(); }
__attribute__((noinline)) static void open_multi(void) { multi = curl_multi_init(); }

int main(void)
{
    open_easy();
    open_multi();
    return curl_multi_add_handle(multi, easy) != CURLM_OK;
}
