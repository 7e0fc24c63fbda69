// Proves that a %p in log_path is the pid, to which no second one is added.
// ENV: SESSGUARD_OPTIONS=log_path=log-%p.txt
// CHECK: set -- log-[0-9]*.txt; test $# = 1; grep -q '^SUMMARY: sessguard: 1 session leaked' "$1"
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
