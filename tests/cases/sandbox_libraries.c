// Proves that in a sandbox libraries may be loaded and used for the first time, without a call that only we make.
// LIBS: -lcurl
// CLEAN
#include "filter.h"
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>

static const int ours[] = {SYS_getpid,        SYS_gettid,     SYS_tgkill, SYS_sched_yield,
                           SYS_rt_sigpending, SYS_readlinkat, SYS_wait4};

int main(void)
{
    static struct filter filter;
    struct sock_fprog *program =
        filter_make(&filter, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW, ours, sizeof ours / sizeof ours[0]);
    filter_promise();
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program) != 0)
        return 1;
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, "http://127.0.0.1:1/");
    printf("%d\n", curl_easy_perform(easy) == CURLE_COULDNT_CONNECT);
    void *library = dlopen("libm.so.6", RTLD_NOW | RTLD_DEEPBIND);
    double (*root)(double) = (double (*)(double))dlsym(library, "sqrt");
    printf("%g\n", root(4));
    CURL *(*copy)(CURL *) = (CURL * (*)(CURL *)) dlsym(RTLD_DEFAULT, "curl_easy_duphandle");
    printf("%d\n", copy(easy) != NULL);
    return dlclose(library);
}
