// Proves that a pthread key's destructor closes in time.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>
#include <pthread.h>

static pthread_key_t key;
static void *work(void *unused)
{
    (void)unused;
    pthread_setspecific(key, curl_easy_init());
    return NULL;
}
int main(void)
{
    pthread_t thread;
    curl_global_init(CURL_GLOBAL_ALL);
    pthread_key_create(&key, curl_easy_cleanup);
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
    return 0;
}
