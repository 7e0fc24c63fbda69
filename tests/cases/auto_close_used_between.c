// Proves that auto-close leaves alone what another thread, which still runs, has used last, and the multi and
// share handles that go with it, although no call on them is under way: the thread may make the next one.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '[.leaks[] | select(.kind == "curl.share") | .reason] == ["in_use"]' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.stack[0].function == "idle") | .outcome] == ["closed"]' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.stack[0].function == "used") | .reason] == ["in_use"]' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.stack[0].function == "asked" or .stack[0].function == "copied" or .stack[0].function == "emptied") | .reason] == ["in_use","in_use","in_use"]' "$REPORT"
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static CURLSH *share;
static pthread_barrier_t is_done;

__attribute__((noinline)) static CURL *idle(void)
{
    CURL *easy = curl_easy_init();
    return easy;
}

__attribute__((noinline)) static CURL *asked(void)
{
    CURL *easy = curl_easy_init();
    return easy;
}

__attribute__((noinline)) static CURL *copied(void)
{
    CURL *easy = curl_easy_init();
    return easy;
}

__attribute__((noinline)) static CURL *emptied(void)
{
    CURL *easy = curl_easy_init();
    return easy;
}

__attribute__((noinline)) static CURL *used(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    return easy;
}

static CURL *others[3];

static void *work(void *easy)
{
    long status;
    curl_easy_getinfo(others[0], CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl_easy_duphandle(others[1]));
    curl_easy_reset(others[2]);
    printf("%d\n", curl_easy_perform(easy));
    fflush(stdout);
    pthread_barrier_wait(&is_done);
    for (;;)
        pause();
    return NULL;
}

int main(void)
{
    pthread_t thread;
    curl_global_init(CURL_GLOBAL_ALL);
    pthread_barrier_init(&is_done, NULL, 2);
    share = curl_share_init();
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    CURL *unused = idle();
    others[0] = asked();
    others[1] = copied();
    others[2] = emptied();
    pthread_create(&thread, NULL, work, used());
    pthread_barrier_wait(&is_done);
    return !unused;
}
