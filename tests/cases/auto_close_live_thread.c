// Proves that auto-close leaves alone what another thread, which still runs, has opened and closes
// itself: closed by both it would be freed twice.
// LIBS: -lcurl
// MODE: auto-close
// EXIT: 6
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '[.leaks[] | select(.stack[0].function == "work") | .outcome | select(. == "closed")] == []' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.stack[0].function != "work") | .outcome] == ["closed", "closed"]' "$REPORT"
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_int n_turns;

static void *work(void *unused)
{
    for (;;) {
        CURL *easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_USERAGENT, "a worker that main() does not wait for");
        curl_easy_cleanup(easy);
        n_turns++;
    }
    return unused;
}

static void *end(void *unused) { return curl_easy_init() ? unused : (void *)&n_turns; }

int main(void)
{
    pthread_t thread;
    curl_global_init(CURL_GLOBAL_ALL);
    pthread_create(&thread, NULL, end, NULL);
    pthread_join(thread, NULL);
    for (int i = 0; i < 3; i++)
        pthread_create(&thread, NULL, work, NULL);
    while (n_turns < 1000) {
    }
    return curl_easy_init() ? 6 : 1;
}
