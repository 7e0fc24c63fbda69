// Proves that pointers from dlsym() lead to the libcurl that they were looked up in, also where that is the
// program's own, and who calls them is linked with another.
// LIBS: -lcurl
// PLUGIN: other_libcurl_plugin.c
// PLUGIN_LIBS: -l:libcurl-gnutls.so.4
// CLEAN
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/other_libcurl_plugin.so", getenv("CASE_DIR"));
    void *plugin = dlopen(path, RTLD_NOW);
    int (*run)(const char *) = (int (*)(const char *))dlsym(plugin, "plugin_run");
    printf("%d %d\n", strstr(curl_version(), "OpenSSL") != NULL, run("libcurl.so.4"));
    return 0;
}
