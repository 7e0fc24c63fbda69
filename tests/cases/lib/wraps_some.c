/* A wrapper of some functions of libcurl, none of which opens a handle: it says that they were called. */
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>

CURLcode curl_easy_perform(CURL *handle)
{
    puts("perform");
    return ((__typeof__(&curl_easy_perform))dlsym(RTLD_NEXT, "curl_easy_perform"))(handle);
}

CURLMcode curl_multi_perform(CURLM *multi, int *running)
{
    static int is_said;
    if (!is_said++)
        puts("multi perform");
    return ((__typeof__(&curl_multi_perform))dlsym(RTLD_NEXT, "curl_multi_perform"))(multi, running);
}

void curl_easy_cleanup(CURL *handle)
{
    puts("cleanup");
    ((__typeof__(&curl_easy_cleanup))dlsym(RTLD_NEXT, "curl_easy_cleanup"))(handle);
}
