// Proves that a plug-in that closes what it opens gives no report.
// PLUGIN: curl_plugin.c
// PLUGIN_LIBS: -lcurl
// CLEAN
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/curl_plugin.so", getenv("CASE_DIR"));
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *(*open_one)(void) = (void *(*)(void))dlsym(library, "plugin_open");
    void (*close_one)(void *) = (void (*)(void *))dlsym(library, "plugin_close");
    void *first = open_one(), *second = open_one();
    close_one(first);
    puts(first && second ? "opened" : "failed");
    close_one(second);
    return dlclose(library);
}
