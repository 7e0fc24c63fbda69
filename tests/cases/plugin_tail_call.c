// Proves that a plug-in that jumps to libcurl instead of calling it reaches its own libcurl.
// PLUGIN: curl_plugin_tail.c
// PLUGIN_LIBS: -lcurl
// EXPECT: ^1 curl\.easy
// EXPECT: in main .*plugin_tail_call\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/curl_plugin_tail.so", getenv("CASE_DIR"));
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *(*open_one)(void) = (void *(*)(void))dlsym(library, "plugin_open");
    void (*close_one)(void *) = (void (*)(void *))dlsym(library, "plugin_close");
    void *first = open_one(), *second = open_one();
    close_one(first);
    puts(first && second ? "opened" : "failed");
    return 0;
}
