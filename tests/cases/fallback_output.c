// Proves that without the command the text report still goes to the files that were asked for, also in silence
// and with a closed umask, and that stderr says where it is.
// RUN: for mode in warn silence; do WATCH SESSGUARD_MODE=$mode SESSGUARD_OPTIONS=exitcode=23:helper=/none:output=out.%n.$mode @PROG@; echo $?; WATCH SESSGUARD_MODE=$mode SESSGUARD_OPTIONS=exitcode=23:helper=/none:log_path=log.$mode @PROG@; echo $?; done >status; WATCH SESSGUARD_OPTIONS=helper=/none:output=/none/x @PROG@
// CHECK: test "$(tr '\n' ' ' <status)" = '23 23 23 23 '
// CHECK: for mode in warn silence; do grep -q '^SUMMARY: sessguard: 1 session leaked at 1 place; no lines: ' out.fallback_output.$mode log.$mode.*; done
// CHECK: test "$(stat -c %a out.fallback_output.silence)" = 600
// EXPECT: ==WARNING: sessguard: 1 leaked session; report in .*/out\.fallback_output\.warn$
// EXPECT: ^sessguard: cannot write the report to /none/x: no such file or directory$
// CHECK: test "$(grep -c '^SUMMARY' "$REPORT")" = 1
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    umask(0777);
    return chdir("/") || socket(AF_INET, SOCK_STREAM, 0) < 0;
}
