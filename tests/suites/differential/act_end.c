/* Operations of handlers, signals, limits and ends. */
#include "actor.h"

#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- handlers at the end ---- */

static long exit_lists[LISTS], quick_lists[LISTS];
static int exit_count, quick_count;

static void exit_handler(void) { run_list(exit_lists[--exit_count]); }
static void quick_handler(void) { run_list(quick_lists[--quick_count]); }
static void on_exit_handler(int status, void *number)
{
    printf("status %d\n", status);
    run_list((long)(intptr_t)number);
}

void at_exit(const long *args)
{
    exit_lists[exit_count++] = args[0];
    atexit(exit_handler);
}

void at_quick(const long *args)
{
    quick_lists[quick_count++] = args[0];
    at_quick_exit(quick_handler);
}

void on_exit_op(const long *args) { on_exit(on_exit_handler, (void *)(intptr_t)args[0]); }

__attribute__((destructor(101))) static void be_over(void)
{
    if (row)
        row->is_over = 1;
}

__attribute__((destructor)) static void static_destructor(void)
{
    if (static_list >= 0)
        run_list(static_list);
}

/* ---- signals ---- */

/* 2 above a list; 0 no handler, 1 one that does nothing. */
static volatile int handlers[NSIG];
static sigjmp_buf back;

static void handler(int number)
{
    int error = errno;
    if (handlers[number] > 1)
        run_list(handlers[number] - 2);
    errno = error;
}

/* signal, list: -1 for a handler that does nothing */
void on_signal(const long *args)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    handlers[args[0]] = (int)args[1] + 2;
    sigaction((int)args[0], &action, NULL);
}

void ignore(const long *args) { signal((int)args[0], SIG_IGN); }

static void jump_back(int number)
{
    (void)number;
    siglongjmp(back, 1);
}

/* 0: abort, 1: a failed assertion; survived, as harnesses of tests do */
void survive(const long *args)
{
    static const char *volatile text;
    struct sigaction action = {.sa_handler = jump_back}, old;
    sigaction(SIGABRT, &action, &old);
    if (sigsetjmp(back, 1) == 0) {
        if (args[0] == 0)
            abort();
        assert(text);
    }
    sigaction(SIGABRT, &old, NULL);
}

/* time, and how often again */
void alarm_op(const long *args)
{
    struct itimerval timer = {{0, args[1]}, {args[0] / MICROSECONDS, args[0] % MICROSECONDS}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

void raise_op(const long *args)
{
    if (!handlers[args[0]])
        row->how = HOW_KILLED;
    raise((int)args[0]);
}

void kill_group(const long *args) { kill(0, (int)args[0]); }

/* time, signal: a child that sends it if the process is there so long after its end */
void assassin(const long *args)
{
    pid_t parent = getpid();
    if (fork() != 0)
        return;
    signal((int)args[1], SIG_IGN);
    while (!row->is_over && getppid() == parent)
        sleep_us(500);
    sleep_us(args[0]);
    if (getppid() == parent)
        kill(parent, (int)args[1]);
    syscall(SYS_exit_group, 0);
}

/* signal, how often, time between: a child that sends it to the group, as a second Ctrl-C does */
void spam(const long *args)
{
    pid_t parent = getpid();
    if (fork() != 0)
        return;
    signal((int)args[0], SIG_IGN);
    for (long i = 0; i < args[1] && getppid() == parent; i++) {
        sleep_us(args[2]);
        kill(0, (int)args[0]);
    }
    syscall(SYS_exit_group, 0);
}

/* ---- limits ---- */

void umask_op(const long *args) { umask((mode_t)args[0]); }

/* resource, soft limit */
void limit(const long *args)
{
    struct rlimit both;
    getrlimit((int)args[0], &both);
    both.rlim_cur = (rlim_t)args[1];
    setrlimit((int)args[0], &both);
}

void directory(const long *args)
{
    (void)args;
    if (mkdir("folder", 0700) < 0 || chdir("folder") < 0)
        failed("folder");
}

/* ---- ends ---- */

void end_return(const long *args)
{
    returns = true;
    return_status = (int)args[0];
}

void end_exit(const long *args)
{
    ending(HOW_EXIT);
    exit((int)args[0]);
}

void end_underscore(const long *args)
{
    ending(HOW_UNDERSCORE);
    _exit((int)args[0]);
}

void end_c99(const long *args)
{
    ending(HOW_UNDERSCORE);
    _Exit((int)args[0]);
}

void end_quick(const long *args)
{
    ending(HOW_QUICK);
    quick_exit((int)args[0]);
}

void end_abort(const long *args)
{
    (void)args;
    ending(HOW_ABORT);
    abort();
}

void end_assert(const long *args)
{
    ending(HOW_ABORT);
    assert(args[0] == -1);
}

void end_assert_perror(const long *args)
{
    ending(HOW_ABORT);
    assert_perror((int)args[0]);
}

void end_thread(const long *args)
{
    (void)args;
    pthread_exit(NULL);
}

void end_exec(const long *args)
{
    char **words = arguments_of(args[0]);
    fflush(stdout);
    ending(HOW_EXEC);
    execv("/proc/self/exe", words);
    failed("exec");
}

/* By a system call of its own, which nobody sees. */
void end_raw(const long *args)
{
    ending(HOW_KILLED);
    syscall(SYS_exit_group, (int)args[0]);
}
