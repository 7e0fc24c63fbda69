// Proves that a plug-in that was not linked with libcurl, which its program loads for it, is watched.
// PLUGIN: curl_plugin.c
// PLUGIN_LIBS: -Wl,--unresolved-symbols=ignore-all
// EXPECT: ^1 curl\.easy
// EXPECT: in plugin_open .*curl_plugin\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/curl_plugin.so", getenv("CASE_DIR"));
    dlopen("libcurl.so.4", RTLD_NOW | RTLD_GLOBAL);
    void *library = dlopen(path, RTLD_LAZY);
    void *(*open_one)(void) = (void *(*)(void))dlsym(library, "plugin_open");
    void (*close_one)(void *) = (void (*)(void *))dlsym(library, "plugin_close");
    void *first = open_one(), *second = open_one();
    close_one(first);
    puts(first && second ? "opened" : "failed");
    return 0;
}
