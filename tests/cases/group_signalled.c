// Proves that signals to the whole process group, such as a second Ctrl-C, do not end the helper: what is
// suppressed stays so, also where such signals rain while the report is made.
// SETUP: echo leak:main >leaks.supp
// ENV: SESSGUARD_OPTIONS=exitcode=23:suppressions=leaks.supp:output=report.txt
// CLEAN
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const int rain[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGALRM, SIGPIPE, SIGTSTP, 40};
#define KINDS (sizeof rain / sizeof *rain)
static void on_signal(int number) { (void)number; }

int main(void)
{
    int ready[2];
    char byte;
    setpgid(0, 0);
    for (unsigned i = 0; i < KINDS; i++)
        signal(rain[i], on_signal);
    if (pipe(ready))
        return 1;
    for (int i = 0; i < 3; i++)
        socket(AF_INET, SOCK_STREAM, 0);
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (unsigned i = 0; i < KINDS; i++)
            signal(rain[i], SIG_IGN);
        (void)!write(ready[1], "x", 1);
        for (;; poll(NULL, 0, 1))
            for (unsigned i = 0; i < KINDS; i++)
                kill(0, rain[i]);
    }
    while (read(ready[0], &byte, 1) != 1) {
    }
    exit(0);
}
