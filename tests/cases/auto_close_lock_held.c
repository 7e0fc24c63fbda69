// Proves that auto-close waits for no thread that was stopped with the allocator's lock in its hand: threads that do
// nothing but allocate, in arenas that they share with main.
// LIBS: -lcurl
// MODE: auto-close
// EXIT: 6
// EXPECT: auto-closed 50
#include <curl/curl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int started;

static void *work(void *unused)
{
    started++;
    for (size_t size = 1;; size = size % 30000 + 997)
        free(malloc(size));
    return unused;
}

int main(void)
{
    pthread_t thread;
    mallopt(M_ARENA_MAX, 1);
    curl_global_init(CURL_GLOBAL_ALL);
    for (int i = 0; i < 50; i++)
        curl_easy_init();
    for (int i = 0; i < 4; i++)
        pthread_create(&thread, NULL, work, NULL);
    while (started < 4) {
    }
    return 6;
}
