// Proves that 500 handles from 16 threads that end before the report are one entry with the right count.
// CFLAGS: -O0
// LIBS: -lcurl
// EXPECT: ^500 curl\.easy \(libcurl easy handle\) never closed, opened here:
// EXPECT: #0 0x[0-9a-f]+ in fetch_one .*easy_500_one_place\.c:[0-9]+
// EXPECT: #1 0x[0-9a-f]+ in worker .*easy_500_one_place\.c:[0-9]+
// EXPECT: 500 open of 500 opened here.*16 threads
// EXPECT: SUMMARY: sessguard: 500 sessions leaked at 1 place
#include <curl/curl.h>
#include <pthread.h>

static int left = 500 - 16;
__attribute__((noinline)) static int fetch_one(void)
{
    CURL *easy = curl_easy_init();
    return easy != NULL;
}
static pthread_barrier_t all;
static void *worker(void *unused)
{
    (void)unused;
    for (int i = 0; i == 0 || __atomic_fetch_sub(&left, 1, __ATOMIC_RELAXED) > 0; i++) {
        fetch_one();
        if (i == 0)
            pthread_barrier_wait(&all); /* every thread has one by now */
    }
    return NULL;
}
int main(void)
{
    pthread_t thread[16];
    curl_global_init(CURL_GLOBAL_ALL);
    pthread_barrier_init(&all, NULL, 16);
    for (int i = 0; i < 16; i++)
        pthread_create(&thread[i], NULL, worker, NULL);
    for (int i = 0; i < 16; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
