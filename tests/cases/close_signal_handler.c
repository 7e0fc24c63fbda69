// Proves that close works in a signal handler, also one that interrupts socket calls, and is seen there.
// CLEAN
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static volatile int held[64];
static volatile sig_atomic_t fired;
static void on_alarm(int number)
{
    (void)number;
    for (int i = 0; i < 64; i++) {
        if (held[i] > 0)
            close(held[i]);
        held[i] = 0;
    }
    fired++;
}
int main(void)
{
    struct itimerval every = {{0, 500}, {0, 500}};
    signal(SIGALRM, on_alarm);
    sigset_t alarm_set;
    sigemptyset(&alarm_set);
    sigaddset(&alarm_set, SIGALRM);
    setitimer(ITIMER_REAL, &every, NULL);
    for (int i = 0; fired < 100; i++) {
        int fd = socket(AF_INET, SOCK_DGRAM, 0), at = i % 64;
        sigprocmask(SIG_BLOCK, &alarm_set, NULL);
        if (held[at] > 0)
            close(held[at]);
        held[at] = fd;
        sigprocmask(SIG_UNBLOCK, &alarm_set, NULL);
    }
    memset(&every, 0, sizeof every);
    setitimer(ITIMER_REAL, &every, NULL);
    on_alarm(0);
    puts("done");
    return 0;
}
