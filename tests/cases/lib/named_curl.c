/* A libcurl whose functions have no version, and whose handles say whose they are: NAME. */
#ifndef NAME
#define NAME 'a'
#endif
#include <stdlib.h>

void *curl_easy_init(void);
void curl_easy_cleanup(void *handle);

void *curl_easy_init(void)
{
    char *handle = malloc(16);
    handle[0] = NAME;
    return handle;
}

void curl_easy_cleanup(void *handle) { free(handle); }
