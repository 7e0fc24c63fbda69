// Proves that what several processes share that end at the very same moment, after the one that opened it, is reported
// by exactly one of them.
// RUN: for i in 1 2 3 4 5 6 7 8; do text=$(WATCH @PROG@ exit; WATCH @PROG@ _exit); echo "$text"; done
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt
// REPORT: report.txt
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place\.' "$REPORT")" = 16
// CHECK: test "$(grep -c 'inherited from it' "$REPORT")" = 16
#include "leaves.h"

int main(int count, char **words)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), begin[2];
    char byte;
    if (fd < 0 || pipe(begin) != 0 || pipe(life) != 0)
        return 98;
    for (int i = 0; i < 6; i++)
        if (fork() == 0) {
            alarm(50); /* lest it outlive a test that failed */
            close(begin[1]);
            close(life[1]);
            while (read(begin[0], &byte, 1) > 0) {
            }
            outlive_parent();
            end_by(words[count - 1]);
        }
    close(begin[1]);
    puts("parent");
    end_by("exit");
}
