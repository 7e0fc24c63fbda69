// Proves that a stderr or an output file on a full disk neither changes how a program ends nor loses the
// report where there is another place for it; with the helper and without.
// RUN: for helper in '' :helper=/none; do WATCH SESSGUARD_OPTIONS=exitcode=23$helper @PROG@ 2>/dev/full; echo "$?" >>status; WATCH SESSGUARD_OPTIONS=exitcode=23:output=/dev/full$helper @PROG@; echo "$?" >>status; done
// CHECK: test "$(cat status)" = "$(printf '23\n23\n23\n23')"
// EXPECT: sessguard: .*/dev/full: No space left on device
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' "$REPORT")" = 2
#include <stdio.h>
#include <sys/socket.h>

int main(void)
{
    puts("ends");
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
