// Proves that with closed_counts=0 what auto-close could not close still counts, also in JSON.
// LIBS: -lcurl
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=exitcode=23:closed_counts=0:format=json:output=report.json
// EXIT_WATCHED: 23
// REPORT: report.json
// CHECK: jq -e '.totals | .leaked == 1 and .closed_by_us == 1 and .not_counted == 1' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.counts == false) | .outcome] == ["closed"]' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.counts != false) | .reason] == ["callback"]' "$REPORT"
#include <curl/curl.h>
#include <unistd.h>

static int close_it(void *context, curl_socket_t socket)
{
    (void)context;
    return close(socket);
}

int main(void)
{
    CURL *kept = curl_easy_init();
    CURL *closed = curl_easy_init();
    curl_easy_setopt(kept, CURLOPT_CLOSESOCKETFUNCTION, close_it);
    return !closed;
}
