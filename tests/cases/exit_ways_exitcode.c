// Proves that exitcode replaces the status 0, and no other, on each way to end, in each mode, and that the
// output and the position of stdin stay what they are.
// SETUP: printf 'one\ntwo\n' >lines
// ENV: SESSGUARD_OPTIONS=exitcode=23
// RUN: exec 3>&2 2>/dev/null; for mode in "warn 256" "silence 256" "auto-close 256" "warn 263"; do for way in return exit thread callback atexit twice handler _exit _Exit quick_exit abort assert pthread_exit; do (WATCH SESSGUARD_MODE=${mode%% *} @PROG@ $way ${mode#* } 2>&3; echo "$mode $way $?" >>status; cat) <lines; done; done
// CHECK: sed 's/ 0$/ 23/' ../../plain/cwd/status | diff - status
// CHECK: grep -q 'quick_exit 23' status && grep -q 'quick_exit 7' status
#include "ends.h"

int main(int count, char **words)
{
    if (end_begin(count, words) < 0)
        return 99;
    return end_now();
}
