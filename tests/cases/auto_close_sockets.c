// Proves that auto-close closes plain sockets too and counts them.
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '.totals.leaked == 1 and .totals.closed_by_us == 1' "$REPORT"
#include <sys/socket.h>

int main(void) { return socket(AF_UNIX, SOCK_STREAM, 0) < 0; }
