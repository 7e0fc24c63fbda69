/* A plug-in that opens sessions. SITE is the name of the function that does:
 * plug-ins that differ in nothing else are of one size, so that one is loaded
 * where another was. */
#include <stddef.h>

void *curl_easy_init(void);
void curl_easy_cleanup(void *handle);

__attribute__((noinline)) void *SITE(void);
extern void *(*const plugin_open)(void);
void plugin_close(void *handle);
void plugin_open_many(void **handles, size_t count);
void plugin_close_many(void **handles, size_t count);

void *SITE(void)
{
    void *handle = curl_easy_init();
    __asm__ volatile("" : "+r"(handle));
    return handle;
}

void *(*const plugin_open)(void) = SITE;

void plugin_close(void *handle) { curl_easy_cleanup(handle); }

void plugin_open_many(void **handles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        handles[i] = SITE();
}

void plugin_close_many(void **handles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        curl_easy_cleanup(handles[i]);
}
