// Proves that a program which stands before libcurl with a function of its own, and calls the next one, gets to
// libcurl, and is watched.
// CFLAGS: -rdynamic
// LIBS: -lcurl
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>

CURL *curl_easy_init(void)
{
    CURL *(*next)(void) = (CURL * (*)(void)) dlsym(RTLD_NEXT, "curl_easy_init");
    puts("mine");
    return next();
}
int main(void)
{
    CURL *first = curl_easy_init(), *second = curl_easy_init();
    curl_easy_cleanup(first);
    printf("%d\n", second != NULL);
    return 0;
}
