/* A wrapper of libcurl with the names of its functions, which calls on by pointers that it looks up. */
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdlib.h>

static void *find(const char *name)
{
    static void *library;
    if (!library)
        library = dlopen("libcurl.so.4", RTLD_NOW);
    return dlsym(library, name);
}

static int calls;
static void count(void)
{
    if (++calls > 50)
        exit(3); /* it calls itself */
}

CURL *curl_easy_init(void)
{
    count();
    return ((__typeof__(&curl_easy_init))find("curl_easy_init"))();
}

CURLcode curl_easy_perform(CURL *handle)
{
    count();
    return ((__typeof__(&curl_easy_perform))find("curl_easy_perform"))(handle);
}

void curl_easy_cleanup(CURL *handle)
{
    count();
    ((__typeof__(&curl_easy_cleanup))find("curl_easy_cleanup"))(handle);
}
