// Proves that RTLD_DEEPBIND is seen with dlmopen() into the program's own namespace too.
// PLUGIN: curl_plugin.c
// PLUGIN_LIBS: -lcurl
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/curl_plugin.so", getenv("CASE_DIR"));
    void *library = dlmopen(LM_ID_BASE, path, RTLD_NOW | RTLD_DEEPBIND);
    void *(*open_one)(void) = (void *(*)(void))dlsym(library, "plugin_open");
    puts(open_one() ? "opened" : "failed");
    return 0;
}
