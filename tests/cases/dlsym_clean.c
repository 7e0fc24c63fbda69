// Proves that a handle that was opened through dlsym and closed by a plain call, or the reverse, is no leak.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>
#include <dlfcn.h>

int main(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW);
    void *(*open_one)(void) = (void *(*)(void))dlsym(library, "curl_easy_init");
    void (*close_one)(void *) = (void (*)(void *))dlsym(library, "curl_easy_cleanup");
    curl_easy_cleanup(open_one());
    close_one(curl_easy_init());
    return dlclose(library);
}
