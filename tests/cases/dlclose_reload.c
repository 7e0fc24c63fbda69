// Proves that a library that is unloaded and loaded again at the same address gives right stacks.
// PLUGIN: curl_plugin.c
// PLUGIN_LIBS: -lcurl
// EXPECT: 20 open of 20 opened here|^20 curl\.easy
// EXPECT: in plugin_open
// EXPECT: in main .*dlclose_reload\.c
// CFLAGS: -O0
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char path[4096];
    dlopen("libcurl.so.4", RTLD_NOW); /* libcurl itself stays */
    snprintf(path, sizeof path, "%s/curl_plugin.so", getenv("CASE_DIR"));
    for (int i = 0; i < 20; i++) {
        void *library = dlopen(path, RTLD_NOW);
        void *(*open_one)(void) = (void *(*)(void))dlsym(library, "plugin_open");
        if (!open_one() || dlclose(library))
            return 1;
    }
    return 0;
}
