// Proves that pointers from dlsym() go to the library that they were looked up in, whoever calls them: two
// builds of libcurl, neither in the global scope.
// SERVER: http
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// MODE: auto-close
// CHECK: jq -e '.totals.leaked == 2 and .totals.closed_by_us == 2' "$REPORT"
// CHECK: jq -e '[.leaks[] | .stack[] | .function // "" | select(test("leak_"))] | unique == ["leak_gnutls", "leak_openssl"]' "$REPORT"
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct library {
    void *handle;
    CURL *(*init)(void);
    CURL *(*dup)(CURL *);
    CURLcode (*set)(CURL *, CURLoption, ...);
    CURLcode (*perform)(CURL *);
    CURLcode (*info)(CURL *, CURLINFO, ...);
    void (*cleanup)(CURL *);
    char *(*version)(void);
};
static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}
static struct library load(const char *name)
{
    struct library library = {.handle = dlopen(name, RTLD_NOW | RTLD_LOCAL)};
    *(void **)&library.init = dlsym(library.handle, "curl_easy_init");
    *(void **)&library.dup = dlsym(library.handle, "curl_easy_duphandle");
    *(void **)&library.set = dlsym(library.handle, "curl_easy_setopt");
    *(void **)&library.perform = dlsym(library.handle, "curl_easy_perform");
    *(void **)&library.info = dlsym(library.handle, "curl_easy_getinfo");
    *(void **)&library.cleanup = dlsym(library.handle, "curl_easy_cleanup");
    *(void **)&library.version = dlsym(library.handle, "curl_version");
    return library;
}
/* The handle says which backend it is of, by a function that is not hooked. */
static int fetch(const struct library *library, CURL *easy)
{
    struct curl_tlssessioninfo *tls = NULL;
    library->set(easy, CURLOPT_URL, getenv("TEST_HTTPS_URL"));
    library->set(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    library->set(easy, CURLOPT_WRITEFUNCTION, drop);
    int result = library->perform(easy);
    library->info(easy, CURLINFO_TLS_SSL_PTR, &tls);
    return result * 100 + (tls ? (int)tls->backend : -1);
}
__attribute__((noinline)) static CURL *leak_openssl(const struct library *library)
{
    CURL *easy = library->init();
    printf("%d\n", fetch(library, easy));
    return easy;
}
__attribute__((noinline)) static CURL *leak_gnutls(const struct library *library)
{
    CURL *easy = library->init();
    printf("%d\n", fetch(library, easy));
    return easy;
}
int main(void)
{
    struct library gnutls = load("libcurl-gnutls.so.4"), openssl = load("libcurl.so.4");
    CURL *first = leak_openssl(&openssl), *second = leak_gnutls(&gnutls);
    CURL *copy = gnutls.dup(second), *other = openssl.dup(first);
    printf("%d %d\n", fetch(&gnutls, copy), fetch(&openssl, other));
    gnutls.cleanup(copy);
    openssl.cleanup(other);
    printf("%d %d\n", strstr(openssl.version(), "OpenSSL") != NULL,
           strstr(gnutls.version(), "GnuTLS") != NULL);
    /* Looked up again, a function has the same address. */
    printf("%d\n",
           dlsym(openssl.handle, "curl_easy_init") == (void *)openssl.init && openssl.init != gnutls.init);
    return 0;
}
