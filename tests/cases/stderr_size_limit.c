// Proves that a limit on the size of files (SIGXFSZ) does not kill a program by our report, nor by what we say
// of its options, with the helper and without.
// RUN: for helper in '' :helper=/none; do (ulimit -f 0; WATCH SESSGUARD_OPTIONS=nonsense=1:exitcode=23$helper @PROG@ 2>none); echo "$?" >>status; (ulimit -f 0; WATCH SESSGUARD_OPTIONS=format=json:output=none.json$helper @PROG@ 2>none); echo "$?" >>status; done
// CHECK: test "$(cat status)" = "$(printf '23\n0\n23\n0')"
// CHECK: test ! -s none
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
