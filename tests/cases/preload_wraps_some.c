// Proves that a library which wraps some functions of libcurl, none that opens a handle, and is preloaded after
// us, is called by the program and by libcurl itself as without us.
// LIBS: -lcurl
// SERVER: http
// PLUGIN: wraps_some.c
// RUN: WATCH sh -c 'LD_PRELOAD="$LD_PRELOAD $CASE_DIR/wraps_some.so" @PROG@'
// EXPECT: ^1 curl\.easy
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    printf("%d\n", curl_easy_perform(easy));
    fflush(stdout);
    curl_easy_cleanup(easy);
    return !curl_easy_init();
}
