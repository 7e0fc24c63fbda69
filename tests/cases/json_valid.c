// Proves that the JSON report is one line of valid JSON with the promised fields.
// CFLAGS: -O0
// LIBS: -lcurl
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: test "$(wc -l <"$REPORT")" = 1
// CHECK: jq -e '.schema == 1 and .tool == "sessguard" and .mode == "warn" and (.pid | type) == "number"' "$REPORT"
// CHECK: jq -e '.totals | .opened == 6 and .open == 5 and .leaked == 5 and .suppressed == 0 and .groups == 2' "$REPORT"
// CHECK: jq -e '.totals | .closed_by_us == 0 and .untracked == 0' "$REPORT"
// CHECK: jq -e '.leaks[0] | .kind == "curl.easy" and .family == "curl" and .count == 3 and .opened_here == 4' "$REPORT"
// CHECK: jq -e '.leaks[0] | .closed_here == 1 and .threads == 1 and .outcome == "open" and .suppressed_by == null' "$REPORT"
// CHECK: jq -e '.leaks[0] | .close_with == "curl_easy_cleanup" and (.id | test("^[0-9a-f]{16}$"))' "$REPORT"
// CHECK: jq -e '.leaks[0].stack[0] | .function == "open_easy" and .line == 24 and (.file | endswith("json_valid.c"))' "$REPORT"
// CHECK: jq -e '.leaks[0].stack[0] | has("pc") and has("module") and has("offset") and has("build_id")' "$REPORT"
// CHECK: jq -e '.started, .ended, .leaks[0].first, .leaks[0].last | test("^20[0-9-]+T[0-9:]+[.][0-9]{3}Z$")' "$REPORT"
// CHECK: jq -e '.leaks[0].first <= .leaks[0].last and .started <= .leaks[0].first and .leaks[0].last <= .ended' "$REPORT"
// CHECK: python3 -c 'import json, sys; json.loads(open(sys.argv[1], encoding="utf-8").read())' "$REPORT"
#include <curl/curl.h>
#include <sys/socket.h>

static CURL *last;
__attribute__((noinline)) static int open_easy(void)
{
    last = curl_easy_init();
    return last != NULL;
}
int main(void)
{
    for (int i = 0; i < 4; i++)
        open_easy();
    curl_easy_cleanup(last);
    int pair[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}
