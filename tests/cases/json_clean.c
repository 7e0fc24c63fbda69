// Proves that report_clean=1 writes an object with no leaks: proof that the program was watched.
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json:report_clean=1
// REPORT: report.json
// CHECK: jq -e '.totals.leaked == 0 and .totals.opened == 1 and .leaks == []' "$REPORT"
#include <sys/socket.h>
#include <unistd.h>

int main(void) { return close(socket(AF_INET, SOCK_STREAM, 0)); }
