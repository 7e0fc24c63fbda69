// Proves that a program that ignores SIGCHLD ends with its own status where all its leaks are suppressed.
// SETUP: echo 'socket:^main$' >leaks.supp
// ENV: SESSGUARD_OPTIONS=exitcode=23:suppressions=leaks.supp:format=json:output=report.jsonl
// CLEAN
// CHECK: ! ls report.jsonl.*.snap
#include <signal.h>
#include <sys/socket.h>

int main(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
    sigaction(SIGCHLD, &action, NULL);
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
