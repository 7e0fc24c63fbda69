// Proves that the report comes where a handler of SIGABRT restores the default and sends the signal once more, as crash
// handlers do, in whatever way; and where a program sends it to itself. One that is blocked or handled ends nothing.
// RUN: exec 3>&2 2>/dev/null; for way in raise kill abort open; do for how in plain nodefer; do (WATCH @PROG@ $way $how 2>&3); echo "$way $how $?"; done; done; (WATCH @PROG@ self plain 2>&3); echo $?; WATCH @PROG@ survived plain 2>&3
// REJECT: in early
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 10
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *way;

static void on_abort(int number)
{
    sigset_t set;
    signal(SIGABRT, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, SIGABRT);
    if (strcmp(way, "open") == 0)
        sigprocmask(SIG_UNBLOCK, &set, NULL);
    if (strcmp(way, "abort") == 0)
        abort();
    if (strcmp(way, "kill") == 0)
        kill(getpid(), number);
    else
        raise(number);
}

static void on_other(int number) { (void)number; }

__attribute__((noinline)) static int early(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}

__attribute__((noinline)) static int late(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}

/* Nothing of this ends the process, and what is open meanwhile is closed afterwards. */
static void survive(void)
{
    sigset_t set;
    struct timespec now = {0};
    int fd = early();
    signal(SIGABRT, on_other);
    raise(SIGABRT);
    kill(getpid(), SIGABRT);
    signal(SIGABRT, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, SIGABRT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGABRT);
    printf("%d\n", sigtimedwait(&set, NULL, &now));
    printf("%d\n", kill(getpid(), 0));
    close(fd);
}

int main(int count, char **words)
{
    struct sigaction action = {.sa_handler = on_abort};
    way = words[1];
    if (strcmp(words[count - 1], "nodefer") == 0)
        action.sa_flags = (int)(SA_NODEFER | SA_RESETHAND);
    if (strcmp(way, "survived") == 0)
        survive();
    else if (strcmp(way, "self") != 0)
        sigaction(SIGABRT, &action, NULL);
    if (late() < 0)
        return 98;
    if (strcmp(way, "self") == 0)
        raise(SIGABRT);
    if (strcmp(way, "survived") != 0)
        abort();
    return 0;
}
