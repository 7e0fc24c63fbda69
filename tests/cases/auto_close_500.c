// Proves that auto-close closes 500 handles from 16 threads that have ended, still reports them, and leaves the status.
// LIBS: -lcurl
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// EXIT: 3
// REPORT: report.json
// CHECK: jq -e '.mode == "auto-close" and .totals.leaked == 500 and .totals.closed_by_us == 500' "$REPORT"
// CHECK: jq -e '(.leaks | length) == 1 and .leaks[0].count == 500 and .leaks[0].outcome == "closed"' "$REPORT"
#include <curl/curl.h>
#include <pthread.h>

static void *worker(void *count)
{
    for (int i = 0; i < *(int *)count; i++) {
        CURL *easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_URL, "http://127.0.0.1/");
    }
    return NULL;
}
int main(void)
{
    pthread_t thread[16];
    int count[16];
    curl_global_init(CURL_GLOBAL_ALL);
    for (int i = 0; i < 16; i++) {
        count[i] = i < 4 ? 32 : 31;
        pthread_create(&thread[i], NULL, worker, &count[i]);
    }
    for (int i = 0; i < 16; i++)
        pthread_join(thread[i], NULL);
    return 3;
}
