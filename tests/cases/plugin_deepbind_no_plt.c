// Proves that a plug-in that was built with -fno-plt, and is loaded with RTLD_DEEPBIND, is watched: its references are read-only by then.
// PLUGIN: curl_plugin.c
// PLUGIN_LIBS: -fno-plt -Wl,-z,relro,-z,now -lcurl
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
    void *library = dlopen(path, RTLD_NOW | RTLD_DEEPBIND);
    void *(*open_one)(void) = (void *(*)(void))dlsym(library, "plugin_open");
    void (*close_one)(void *) = (void (*)(void *))dlsym(library, "plugin_close");
    void *first = open_one(), *second = open_one();
    close_one(first);
    puts(first && second ? "opened" : "failed");
    return 0;
}
