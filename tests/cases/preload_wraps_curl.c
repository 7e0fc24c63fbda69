// Proves that a library that wraps functions of libcurl, and is preloaded after us, is called, though it has only
// some of these functions and no versions.
// LIBS: -lcurl
// PLUGIN: wraps_init.c
// RUN: WATCH sh -c 'LD_PRELOAD="$LD_PRELOAD $CASE_DIR/wraps_init.so" @PROG@'
// EXPECT: ^1 curl\.easy
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <curl/curl.h>
#include <stdio.h>

int main(void)
{
    curl_easy_cleanup(curl_easy_init());
    CURL *copy = curl_easy_duphandle(curl_easy_init());
    curl_easy_cleanup(copy);
    printf("%d\n", copy != NULL);
    return 0;
}
