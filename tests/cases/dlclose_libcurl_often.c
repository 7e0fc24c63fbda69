// Proves that a libcurl that is unloaded and loaded again many times is still watched the last time.
// PLUGIN: curl_plugin.c
// PLUGIN_LIBS: -lcurl
// EXPECT: ^1 curl\.easy
// EXPECT: in plugin_open
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/curl_plugin.so", getenv("CASE_DIR"));
    for (int i = 0; i < 30; i++) {
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        void *(*open_one)(void) = (void *(*)(void))dlsym(library, "plugin_open");
        void (*close_one)(void *) = (void (*)(void *))dlsym(library, "plugin_close");
        void *easy = open_one();
        if (i == 29)
            return easy == NULL;
        close_one(easy);
        dlclose(library);
    }
    return 1;
}
