// Proves that a plug-in loaded with RTLD_DEEPBIND keeps to its own libcurl, while the program has another, and
// that the sockets which that libcurl opens are its session's.
// LIBS: -lcurl
// PLUGIN: curl_gnutls.c
// PLUGIN_LIBS: -l:libcurl-gnutls.so.4
// SERVER: http
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '.totals.leaked == 2 and .totals.closed_by_us == 2 and .totals.owned >= 2' "$REPORT"
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}
int main(void)
{
    char path[4096];
    const char *url = getenv("TEST_HTTPS_URL");
    snprintf(path, sizeof path, "%s/curl_gnutls.so", getenv("CASE_DIR"));
    void *library = dlopen(path, RTLD_LAZY | RTLD_GLOBAL | RTLD_DEEPBIND);
    int (*fetch)(const char *) = (int (*)(const char *))dlsym(library, "gnutls_fetch");
    const char *(*version)(void) = (const char *(*)(void))dlsym(library, "gnutls_version");
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    printf("%d %d\n", curl_easy_perform(easy), fetch(url));
    printf("%s\n%s\n", curl_version(), version());
    return 0;
}
