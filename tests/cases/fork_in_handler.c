// Proves that a signal handler may fork in the middle of a watched call: the child goes on with that call, on
// records of its own, and its parent's stay what they are.
// EXPECT: in kept .*fork_in_handler\.c
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 1
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t is_child, n_children, n_good;
static void on_alarm(int number)
{
    int status = 0;
    if (is_child)
        return; /* its parent was about to set the timer */
    pid_t child = fork();
    is_child = child == 0;
    if (is_child)
        return;
    n_children++;
    n_good += waitpid(child, &status, 0) == child && status == 0 * number;
}
__attribute__((noinline)) static int kept(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    int wrong = 0;
    kept();
    signal(SIGALRM, on_alarm);
    for (int i = 0; n_children < 300 && !is_child; i++) {
        struct itimerval soon = {.it_value = {0, 1 + i % 40}};
        setitimer(ITIMER_REAL, &soon, NULL);
        for (int turn = 0; turn < 3; turn++) {
            int fd = socket(AF_INET, SOCK_STREAM, 0);
            wrong += fd < 0 || close(fd) != 0;
        }
    }
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    if (is_child)
        _exit(wrong != 0);
    printf("%d %d\n", wrong, n_good == n_children);
    return 0;
}
