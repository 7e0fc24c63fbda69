// Proves that a daemon, made by hand, reports what it goes on with and never closes, with the stack of its parent,
// that its parent does not, and that auto-close closes nothing of it.
// RUN: for mode in warn silence auto-close; do for how in exit _exit quick_exit; do for what in socket easy; do text=$(WATCH SESSGUARD_MODE=$mode @PROG@ $how $what); echo "$text $?"; done; done; done
// LIBS: -lcurl
// ENV: SESSGUARD_OPTIONS=exitcode=23:output=@DIR@/report.txt
// REPORT: report.txt
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place\.' "$REPORT")" = 18
// CHECK: test "$(grep -c 'in of_parent' "$REPORT")" = 18
// CHECK: test "$(grep -c '^  1 open of 1 opened here' "$REPORT")" = 18
// CHECK: test "$(grep -c 'opened by the parent process, which is gone, and inherited from it' "$REPORT")" = 18
// CHECK: test "$(grep -c 'skipped 1 (inherited from the parent process)' "$REPORT")" = 4
#include "leaves.h"
#include <curl/curl.h>

__attribute__((noinline)) static int of_parent(const char *what)
{
    int fd = strcmp(what, "socket") == 0 ? socket(AF_INET, SOCK_STREAM, 0) : -1;
    CURL *easy = fd < 0 ? curl_easy_init() : NULL;
    return easy == NULL && fd < 0;
}
int main(int count, char **words)
{
    if (count < 3 || of_parent(words[2]))
        return 98;
    if (fork_daemon() != 0) {
        printf("parent");
        end_by(words[1]);
    }
    outlive_parent();
    printf(" daemon");
    end_by(words[1]);
}
