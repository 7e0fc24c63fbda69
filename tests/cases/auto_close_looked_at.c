// Proves that auto-close leaves a handle alone that a live thread works with, although the ending thread was the
// last one to call something on it; and that it closes one that has been through other threads, which have ended.
// LIBS: -lcurl -lpthread
// SERVER: http
// MODE: auto-close
// EXPECT: ^1 curl.easy .*
// EXPECT: skipped 1 \(in use\)
// EXPECT: auto-closed 1
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_barrier_t turn;

static void *work(void *easy)
{
    curl_easy_perform(easy);
    pthread_barrier_wait(&turn);
    for (;;)
        pause();
}

static void *use(void *easy)
{
    curl_easy_perform(easy);
    return NULL;
}

__attribute__((noinline)) static CURL *prepare(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return easy;
}

int main(void)
{
    pthread_t thread;
    long status;
    curl_global_init(CURL_GLOBAL_ALL);
    CURL *passed = prepare();
    for (int i = 0; i < 2; i++) {
        pthread_create(&thread, NULL, use, passed);
        pthread_join(thread, NULL);
    }
    CURL *easy = prepare();
    pthread_barrier_init(&turn, NULL, 2);
    pthread_create(&thread, NULL, work, easy);
    pthread_barrier_wait(&turn);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return 0;
}
