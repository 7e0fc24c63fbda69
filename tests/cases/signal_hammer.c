// Proves that a signal handler may open, copy and close at any time, also inside the hooks of the thread that
// it interrupts: no record is lost and none invented.
// CFLAGS: -O0
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '.totals.leaked == 7 and .totals.untracked == 0' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.stack[0].function == "on_alarm") | .count] | add == 5' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.stack[0].function == "kept") | .count] | add == 2' "$REPORT"
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Each handler sets off the next one, so that main comes on however slow they are. */
static const struct itimerval soon = {{0, 0}, {0, 50}};
static volatile sig_atomic_t fired;
static void on_alarm(int number)
{
    int fds[4];
    for (int i = 0; i < 4; i++)
        fds[i] = i ? dup(fds[0]) : socket(AF_INET, SOCK_DGRAM, 0 * number);
    for (int i = fired % 100 == 99 && fired < 500; i < 4; i++)
        close(fds[i]);
    if (++fired < 2000)
        setitimer(ITIMER_REAL, &soon, NULL);
}
static int kept(void) { return socket(AF_INET, SOCK_STREAM, 0); }

int main(void)
{
    int wrong = 0, first = kept(), second = kept();
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &soon, NULL);
    while (fired < 2000) {
        int pair[2], fd = socket(AF_INET, SOCK_STREAM, 0), copy = dup2(fd, 100);
        wrong += fd < 0 || copy != 100 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0;
        wrong += close(fd) || close(copy) || close(pair[0]) || close(pair[1]);
    }
    printf("%d %d\n", wrong, first == second);
    return 0;
}
