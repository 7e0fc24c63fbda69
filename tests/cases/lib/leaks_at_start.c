/* A library that opens in its constructor, before main, and never closes. */
#include <curl/curl.h>

CURL *leaks_at_start_easy;
__attribute__((constructor)) static void library_begins(void) { leaks_at_start_easy = curl_easy_init(); }
