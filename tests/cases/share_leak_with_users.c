// Proves that a share handle and the easy handles that use it are told apart: three sessions at two places.
// CFLAGS: -O0
// LIBS: -lcurl
// EXPECT: ^2 curl\.easy
// EXPECT: ^1 curl\.share
// EXPECT: SUMMARY: sessguard: 3 sessions leaked at 2 places
#include <curl/curl.h>

int main(void)
{
    CURLSH *share = curl_share_init();
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    for (int i = 0; i < 2; i++) {
        CURL *easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_SHARE, share);
    }
    return 0;
}
