// Proves that signals which the program has blocked stay so while the library prepares its records: also those
// that a fault raises elsewhere, sent by somebody.
// EXPECT: ^1 socket
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    sigset_t all, pending, trap;
    int got = 0;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    kill(getpid(), SIGTRAP);
    kill(getpid(), SIGBUS);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sigpending(&pending);
    sigemptyset(&trap);
    sigaddset(&trap, SIGTRAP);
    sigwait(&trap, &got);
    printf("%d %d %d\n", fd, sigismember(&pending, SIGBUS), got);
    return 0;
}
