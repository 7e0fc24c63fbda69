// Proves that auto-close has nothing to do and nothing to say where nothing leaked.
// LIBS: -lcurl
// MODE: auto-close
// CLEAN
#include <curl/curl.h>

int main(void)
{
    curl_easy_cleanup(curl_easy_init());
    return curl_multi_cleanup(curl_multi_init()) != CURLM_OK;
}
