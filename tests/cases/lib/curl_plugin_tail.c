/* The same, built so that it jumps to libcurl: no frame of its own is left. */
#include <curl/curl.h>

CURL *plugin_open(void);
void plugin_close(CURL *easy);

#pragma GCC optimize("O2,optimize-sibling-calls")
CURL *plugin_open(void) { return curl_easy_init(); }
void plugin_close(CURL *easy) { curl_easy_cleanup(easy); }
