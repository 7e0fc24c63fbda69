// Proves that curl_share_cleanup, refused while a handle uses the share and then repeated, is a close.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>
#include <stdio.h>

int main(void)
{
    CURLSH *share = curl_share_init();
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    CURLSHcode refused = curl_share_cleanup(share);
    curl_easy_cleanup(easy);
    printf("%d then %d\n", refused, curl_share_cleanup(share));
    return 0;
}
