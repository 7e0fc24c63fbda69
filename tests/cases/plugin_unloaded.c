// Proves that a leak of a plug-in that is gone since, libcurl with it, is still reported, and auto-close calls
// nothing that is no longer there.
// PLUGIN: curl_plugin.c
// PLUGIN_LIBS: -lcurl
// MODE: auto-close
// EXPECT: ^1 curl\.easy
// EXPECT: curl_plugin
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
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
    return dlclose(library);
}
