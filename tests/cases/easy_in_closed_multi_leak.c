// Proves that an easy handle outlives the multi handle it was in: curl_multi_cleanup does not close it.
// LIBS: -lcurl
// EXPECT: ^1 curl\.easy
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: ^[0-9]+ curl\.multi
#include <curl/curl.h>

int main(void)
{
    CURL *easy = curl_easy_init();
    CURLM *multi = curl_multi_init();
    curl_multi_add_handle(multi, easy);
    return curl_multi_cleanup(multi) != CURLM_OK;
}
