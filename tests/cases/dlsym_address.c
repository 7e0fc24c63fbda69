// Proves that where a program is linked with a library, dlsym() gives the very address of its functions; that
// a version or a scope may be asked for; and that the rest of libc is what it was.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW), *libc = dlopen("libc.so.6", RTLD_NOW);
    printf("%d", dlsym(library, "curl_easy_init") == (void *)curl_easy_init);
    printf(" %d", dlsym(RTLD_DEFAULT, "curl_easy_init") == (void *)curl_easy_init);
    printf(" %d", dlsym(libc, "socket") == (void *)socket);
    printf(" %d", dlvsym(libc, "socket", "GLIBC_2.2.5") == (void *)socket);
    printf(" %d", dlsym(libc, "getpid") == (void *)getpid);
    printf(" %d", dlvsym(RTLD_DEFAULT, "close", "GLIBC_2.2.5") != NULL);
    printf(" %d", dlvsym(libc, "close", "GLIBC_9.9") == NULL && dlerror() != NULL);
    printf(" %d\n", dlsym(library, "no_such") == NULL && dlerror() != NULL && dlerror() == NULL);
    CURL *(*init)(void) = (CURL * (*)(void)) dlvsym(library, "curl_easy_init", "CURL_OPENSSL_4");
    if (init)
        curl_easy_cleanup(init());
    int (*shut)(int) = (int (*)(int))dlsym(libc, "close");
    return shut(socket(AF_INET, SOCK_STREAM, 0));
}
