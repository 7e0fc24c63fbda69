// Proves that a signal that comes while the report is made changes nothing: without us the process is gone by then.
// RUN: for mode in warn auto-close; do WATCH SESSGUARD_MODE=$mode @PROG@; echo $?; done
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 2
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int ended[2];

__attribute__((destructor)) static void tell(void) { (void)!write(ended[1], "x", 1); }

static void impatient(int parent)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGALRM, SIGPIPE, SIGTERM};
    char byte;
    (void)!read(ended[0], &byte, 1);
    for (int i = 0; i < 7; i++) {
        poll(NULL, 0, 5);
        kill(parent, signals[i]);
    }
}

int main(void)
{
    int parent = getpid();
    if (pipe(ended))
        return 98;
    if (fork() == 0) {
        close(STDERR_FILENO);
        impatient(parent);
        close(ended[1]);
        ended[1] = -1;
        _exit(0);
    }
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? 98 : 3;
}
