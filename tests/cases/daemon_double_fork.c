// Proves that a daemon whose parent lies between it and the process that opened a socket is told from both: where it
// closes the socket nobody reports it, else the daemon alone does, also if the first process waits for the second.
// RUN: for how in closes leaks; do for end in exit _exit; do text=$(WATCH @PROG@ $how $end); echo "$text $?"; done; done
// ENV: SESSGUARD_OPTIONS=exitcode=23:output=@DIR@/report.txt
// REPORT: report.txt
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place\.' "$REPORT")" = 2
// CHECK: test "$(grep -c 'in of_first' "$REPORT")" = 2
// CHECK: test "$(grep -c 'inherited from it' "$REPORT")" = 2
#include "leaves.h"

__attribute__((noinline)) static int of_first(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(int count, char **words)
{
    if (count < 3)
        return 98;
    int fd = of_first();
    pid_t second = fork_daemon();
    if (second != 0) {
        int status = 1;
        waitpid(second, &status, 0);
        printf("first %d", status);
        end_by(words[2]);
    }
    setsid();
    if (fork() != 0)
        _exit(0);
    outlive_parent();
    if (strcmp(words[1], "closes") == 0)
        close(fd);
    printf(" daemon");
    end_by(words[2]);
}
