// Proves that log_path takes the text in place of stderr: PATH.<pid>, and %n is the program's name.
// ENV: SESSGUARD_OPTIONS=log_path=log-%n
// CHECK: set -- log-log_path.[0-9]*; test $# = 1; grep -q '^SUMMARY: sessguard: 1 session leaked' "$1"
// REJECT: never closed
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
