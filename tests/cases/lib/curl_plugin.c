/* A plug-in that uses libcurl, as a program loads it with dlopen. */
#include <curl/curl.h>

CURL *plugin_open(void);
void plugin_close(CURL *easy);

CURL *plugin_open(void)
{
    CURL *easy = curl_easy_init();
    return easy;
}
void plugin_close(CURL *easy) { curl_easy_cleanup(easy); }
