// Proves that auto-close closes share handles and what uses them without the program's functions for locking,
// whose memory is gone by then, and that these were called as long as the program ran.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '[.leaks[].kind] | sort == ["curl.easy", "curl.easy", "curl.share"]' "$REPORT"
// CHECK: jq -e 'all(.leaks[]; .outcome == "closed")' "$REPORT"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static int *n_locked;
static int is_over;

static void lock(CURL *easy, curl_lock_data data, curl_lock_access access, void *context)
{
    (void)easy, (void)access;
    if (is_over)
        puts("locked after the end");
    (*(int **)context)[data]++;
}

static void unlock(CURL *easy, curl_lock_data data, void *context)
{
    (void)easy;
    if (is_over)
        puts("unlocked after the end");
    (*(int **)context)[data]--;
}

__attribute__((destructor)) static void end(void)
{
    is_over = 1;
    free(n_locked);
    n_locked = NULL;
}

static void fetch(CURLSH *share)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    printf("%d\n", curl_easy_perform(easy));
}

int main(void)
{
    CURLSH *share = curl_share_init();
    n_locked = calloc(CURL_LOCK_DATA_LAST, sizeof *n_locked);
    printf("%d\n", curl_share_setopt(share, CURLSHOPT_LOCKFUNC, lock));
    printf("%d\n", curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, unlock));
    curl_share_setopt(share, CURLSHOPT_USERDATA, &n_locked);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    fetch(share);
    fetch(share);
    for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
        printf("%d", n_locked[i]);
    return 0;
}
