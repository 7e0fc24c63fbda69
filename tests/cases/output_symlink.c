// Proves that the report follows no symbolic link that somebody laid in its way.
// ENV: SESSGUARD_OPTIONS=output=report.txt
// SETUP: echo precious >victim; ln -s victim report.txt
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// CHECK: test "$(cat victim)" = precious
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
