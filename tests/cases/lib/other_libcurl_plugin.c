/* Uses the libcurl that it is linked with, and another one that it loads. */
#include <curl/curl.h>
#include <dlfcn.h>
#include <string.h>

int plugin_run(const char *name);
int plugin_run(const char *name)
{
    void *library = dlopen(name, RTLD_NOW);
    CURL *(*init)(void) = (CURL * (*)(void)) dlsym(library, "curl_easy_init");
    CURL *(*copy)(CURL *) = (CURL * (*)(CURL *)) dlsym(library, "curl_easy_duphandle");
    CURLcode (*set)(CURL *, CURLoption, ...) =
        (CURLcode(*)(CURL *, CURLoption, ...))dlsym(library, "curl_easy_setopt");
    CURLcode (*perform)(CURL *) = (CURLcode(*)(CURL *))dlsym(library, "curl_easy_perform");
    CURLcode (*info)(CURL *, CURLINFO, ...) =
        (CURLcode(*)(CURL *, CURLINFO, ...))dlsym(library, "curl_easy_getinfo");
    void (*cleanup)(CURL *) = (void (*)(CURL *))dlsym(library, "curl_easy_cleanup");
    CURL *theirs = init();
    set(theirs, CURLOPT_URL, "https://127.0.0.1:1/"); /* nobody listens there */
    int result = perform(theirs);
    /* It does not check the handle: in that of another build it finds something else. */
    struct curl_tlssessioninfo *tls = NULL;
    info(theirs, CURLINFO_TLS_SSL_PTR, &tls);
    result = result * 100 + (int)tls->backend;
    CURL *second = copy(theirs);
    cleanup(theirs);
    cleanup(second);
    CURL *ours = curl_easy_init();
    curl_easy_setopt(ours, CURLOPT_URL, "https://127.0.0.1:1/");
    result = result * 100 + curl_easy_perform(ours);
    curl_easy_cleanup(ours);
    return result * 10 + (strstr(curl_version(), "GnuTLS") != NULL);
}
