// Proves that the mode may also be called close.
// MODE: close
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '.mode == "auto-close" and .totals.closed_by_us == 1' "$REPORT"
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
