// Proves that auto-close leaves a connection alone that a child process goes on with: nothing is said on it, and
// it is not shut down.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=report_clean=1:format=json:output=@DIR@/report.txt
// REPORT: report.txt
// EXPECT: "kind": "curl.easy".*"counts": false, "outcome": "handed_over"
#include "goes_on.h"

int main(void) { return run(0); }
