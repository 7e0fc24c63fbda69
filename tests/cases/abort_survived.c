// Proves that where a handler of SIGABRT jumps out of abort or a failed assertion, as that of a test harness does,
// the report comes at the end: with what leaks later, without what was closed later.
// RUN: for way in abort assert perror old; do for flags in plain reset info; do WATCH SESSGUARD_OPTIONS=report_clean=1 @PROG@ $flags $way; echo "$way $flags $?"; done; done
// REJECT: in early
// CHECK: test "$(grep -c ' in late ' "$REPORT")" = 12
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 12
#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static sigjmp_buf back;

static void on_abort(int number) { siglongjmp(back, number); }
static void on_abort_told(int number, siginfo_t *info, void *context)
{
    siglongjmp(back, info->si_pid == getpid() && context ? number : 1);
}

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

static void fail(const char *way)
{
    assert(strcmp(way, "assert") != 0);
    if (strcmp(way, "perror") == 0)
        assert_perror(EBADF);
    if (strcmp(way, "perror!") == 0)
        __assert_perror_fail(EBADF, __FILE__, __LINE__, __func__);
    if (strcmp(way, "old") == 0)
        __assert("old", __FILE__, __LINE__);
    abort();
}

int main(int count, char **words)
{
    struct sigaction action = {.sa_handler = on_abort};
    if (strcmp(words[1], "info") == 0)
        action = (struct sigaction){.sa_sigaction = on_abort_told, .sa_flags = SA_SIGINFO};
    if (strcmp(words[1], "reset") == 0)
        action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGABRT, &action, NULL);
    signal(SIGSEGV, on_abort); /* by it __assert() of glibc 2.41 ends, which misses a function's name */
    int fd = early();
    int number = sigsetjmp(back, 1);
    if (number == 0)
        fail(words[count - 1]);
    sigaction(SIGABRT, NULL, &action);
    printf("%d, then %s\n", number, action.sa_handler == SIG_DFL ? "default" : "a handler");
    close(fd);
    return late() < 0;
}
