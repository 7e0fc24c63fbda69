// Proves that a program in the background of a terminal that stops writers (stty tostop) is not stopped by our
// report, nor by what we say of its options: with the helper and without.
// LIBS: -lutil
// RUN: for helper in '' :helper=/none; do WATCH SESSGUARD_OPTIONS=nonsense=1$helper @PROG@; done
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' "$REPORT")" = 2
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int in_terminal(const char *program)
{
    struct termios settings;
    int status;
    tcgetattr(0, &settings);
    settings.c_lflag |= TOSTOP;
    settings.c_oflag &= ~(tcflag_t)ONLCR;
    tcsetattr(0, TCSANOW, &settings);
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0); /* the terminal's foreground is the parent */
        execl("/proc/self/exe", program, "leak", (char *)NULL);
        _exit(99);
    }
    if (waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status)) {
        kill(child, SIGKILL);
        return 1;
    }
    return status != 0;
}
int main(int count, char **words)
{
    int terminal, status;
    char text[4096];
    if (count > 1)
        return socket(AF_INET, SOCK_STREAM, 0) < 0;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    if (child == 0)
        _exit(in_terminal(words[0]));
    for (ssize_t got; (got = read(terminal, text, sizeof text)) > 0;)
        fprintf(stderr, "%.*s", (int)got, text);
    printf("%d", waitpid(child, &status, 0) == child);
    printf(" %d\n", status);
    return 0;
}
