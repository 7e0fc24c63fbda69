// Proves that silence still writes the report to a file that was asked for, and prints nothing.
// MODE: silence
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt
// REPORT: report.txt
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// CHECK: test ! -s ../stderr
// CHECK: test "$(stat -c %a report.txt)" = 600
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
