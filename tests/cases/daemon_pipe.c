// Proves that a daemon does not keep its caller's pipe open, by daemon() or by hand, in each mode, and that
// its report, of what it opened itself and before it became one, goes to its file.
// SETUP: mkfifo end
// RUN: for way in daemon hand; do for mode in warn silence auto-close; do text=$(WATCH SESSGUARD_MODE=$mode @PROG@ $way 2>&1); echo "$text $?"; cat end; done; done
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt
// REPORT: report.txt
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 3
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 2 sessions leaked at 2 places' "$REPORT")" = 3
// CHECK: test "$(grep -c 'in before' "$REPORT")" = 3
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int before(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(int count, char **words)
{
    printf("starting\n");
    fflush(stdout);
    if (strcmp(words[count - 1], "daemon") == 0) {
        if (before() < 0 || daemon(1, 0) != 0)
            return 98;
    } else {
        if (fork() != 0)
            _exit(0);
        setsid();
        closefrom(0);
    }
    alarm(600); /* lest it outlive a test that failed */
    /* Opening it waits for a reader, the caller, who has its answer by then. The
     * caller reads until nobody has it open any more: the end of the daemon. */
    int end = open("end", O_WRONLY), fd = socket(AF_INET, SOCK_STREAM, 0);
    dprintf(end, "ending\n");
    return fd < 0;
}
