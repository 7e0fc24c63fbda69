// Proves that what a child closes of its parent's is still the parent's leak, unless it has made itself a daemon that
// goes on with the same program: a server's child that serves and ends, a worker that lives on, and a command that is
// started in a session of its own.
// RUN: for who in server worker command; do text=$(WATCH @PROG@ $who); echo "$text"; done
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt
// REPORT: report.txt
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place\.' "$REPORT")" = 3
// CHECK: test "$(grep -c 'in of_parent' "$REPORT")" = 3
#include <fcntl.h>

#include "leaves.h"

__attribute__((noinline)) static int of_parent(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(int count, char **words)
{
    const char *who = words[count - 1];
    int fd = of_parent(), closed[2];
    char byte;
    if (pipe(closed) != 0 || pipe(life) != 0)
        return 98;
    if (fork() == 0) {
        alarm(50); /* lest it outlive a test that failed */
        dup2(life[0], 0);
        close(life[1]);
        close(closed[0]);
        if (strcmp(who, "command") == 0) {
            setsid();
            close(fd);
            fcntl(closed[1], F_SETFD, FD_CLOEXEC);
            execl("/bin/cat", "cat", (char *)NULL); /* until its parent is gone */
            _exit(97);
        }
        close(fd);
        close(closed[1]);
        if (strcmp(who, "worker") == 0)
            outlive_parent();
        _exit(0);
    }
    close(closed[1]);
    printf("closed %zd\n", read(closed[0], &byte, 1));
    return 0;
}
