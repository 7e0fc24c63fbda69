// Proves that a signal handler may open and close in the middle of the very first watched call of a process:
// nothing hangs, and no false report comes of it.
// CLEAN
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_alarm(int number) { close(socket(AF_INET, SOCK_STREAM, 0 * number)); }

int main(void)
{
    int good = 0, status;
    signal(SIGALRM, on_alarm);
    for (int i = 0; i < 500; i++) {
        pid_t child = fork();
        if (child == 0) {
            struct itimerval soon = {.it_value = {0, 1 + i % 250}};
            setitimer(ITIMER_REAL, &soon, NULL);
            _exit(close(socket(AF_INET, SOCK_STREAM, 0)));
        }
        good += waitpid(child, &status, 0) == child && status == 0;
    }
    printf("%d\n", good);
    return 0;
}
