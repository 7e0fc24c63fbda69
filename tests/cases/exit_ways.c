// Proves that each way to end, in each mode, has one report, and the status, the output and the position
// of stdin that it has without us; a status has eight bits.
// SETUP: printf 'one\ntwo\n' >lines
// RUN: exec 3>&2 2>/dev/null; for mode in warn silence auto-close; do for way in return exit thread callback atexit twice handler _exit _Exit quick_exit abort assert pthread_exit; do (WATCH SESSGUARD_MODE=$mode @PROG@ $way 263 2>&3; echo " $mode $way $?"; cat) <lines; done; done
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' "$REPORT")" = 26
#include "ends.h"

int main(int count, char **words)
{
    if (end_begin(count, words) < 0)
        return 99;
    return end_now();
}
