// Proves that handles of all three kinds that are closed give no report.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>

int main(void)
{
    CURL *easy = curl_easy_init(), *copy = curl_easy_duphandle(easy);
    CURLM *multi = curl_multi_init();
    CURLSH *share = curl_share_init();
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    curl_multi_add_handle(multi, easy);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    curl_easy_cleanup(copy);
    curl_multi_cleanup(multi);
    return (int)curl_share_cleanup(share);
}
