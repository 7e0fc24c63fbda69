// Proves that with output set stderr gets one line that names the file, and nothing else.
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// EXPECT: sessguard: .*report\.json
// REJECT: never closed|#0
// CHECK: test "$(wc -l <"$REPORT")" = 1
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
