// Proves that auto-close frees nothing under threads that still run: workers take handles from a queue that main has
// filled, and none of them ever called on these before.
// LIBS: -lcurl
// MODE: auto-close
// EXIT: 6
// CHECK: ! grep -q corrupted "$REPORT"
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

#define COUNT 2000

static CURL *queue[COUNT];
static atomic_int next, started;

static void *work(void *unused)
{
    int i;
    started++;
    while ((i = next++) < COUNT) {
        for (int round = 0; round < 500; round++)
            curl_easy_setopt(queue[i], CURLOPT_USERAGENT, "allocated, and freed, each time");
        curl_easy_cleanup(queue[i]);
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    curl_global_init(CURL_GLOBAL_ALL);
    for (int i = 0; i < COUNT; i++)
        queue[i] = curl_easy_init();
    for (int i = 0; i < 3; i++) {
        pthread_create(&thread, NULL, work, NULL);
        pthread_detach(thread);
    }
    while (started < 3) {
    }
    return 6;
}
