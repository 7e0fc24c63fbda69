// Proves that a handle may be closed by another thread than the one that opened it.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>
#include <pthread.h>

static void *closer(void *easy)
{
    curl_easy_cleanup(easy);
    return NULL;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, closer, curl_easy_init());
    return pthread_join(thread, NULL);
}
