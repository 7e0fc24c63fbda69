// Proves that auto-close takes easy handles out of their multi handle and then closes easy, multi and
// share, with live connections, each exactly once: the share, refused while it is used, is closed too.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '.totals.leaked == 4 and .totals.closed_by_us == 4 and all(.leaks[]; .outcome == "closed")' "$REPORT"
// CHECK: jq -e '[.leaks[].kind] | sort == ["curl.easy", "curl.easy", "curl.multi", "curl.share"]' "$REPORT"
#include <curl/curl.h>
#include <stdlib.h>

static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}
static CURL *prepare(CURL *easy, CURLSH *share)
{
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    return easy;
}
int main(void)
{
    int running = 1;
    CURLSH *share = curl_share_init();
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    CURLM *multi = curl_multi_init();
    curl_multi_add_handle(multi, prepare(curl_easy_init(), share));
    while (running && curl_multi_perform(multi, &running) == CURLM_OK)
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    return curl_easy_perform(prepare(curl_easy_init(), share));
}
