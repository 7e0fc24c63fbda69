/* Operations of children. */
#include "actor.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t children[CHILDREN];
static int children_count;

/* ---- children ---- */

static void child_main(long list)
{
    children_count = 0;
    begin_row();
    run_list(list);
    ending(returns ? HOW_EXIT : HOW_UNDERSCORE);
    if (returns)
        exit(return_status);
    _exit(0);
}

void fork_op(const long *args)
{
    will_fork();
    pid_t child = fork();
    if (child == 0)
        child_main(args[0]);
    children[children_count++] = child;
}

/* It goes on when its parent is gone. */
void daemon_op(const long *args)
{
    pid_t parent = getpid();
    will_fork();
    if (fork() != 0)
        return;
    setsid();
    children_count = 0;
    begin_row();
    row->is_daemon = 1;
    while (getppid() == parent)
        sleep_us(500);
    run_list(args[0]);
    ending(HOW_UNDERSCORE);
    _exit(0);
}

char **arguments_of(long list)
{
    static _Thread_local char number[NAME];
    static _Thread_local char *words[6];
    memcpy(words, arguments, 5 * sizeof *words);
    snprintf(number, sizeof number, "%ld", list);
    words[2] = number;
    return words;
}

void vfork_op(const long *args)
{
    char **words = arguments_of(args[0]);
    fflush(stdout);
    pid_t child = vfork();
    if (child == 0) {
        execv("/proc/self/exe", words);
        _exit(1);
    }
    children[children_count++] = child;
}

static int cloned(void *how)
{
    long way = *(const long *)how;
    if (way == 1 || way == 2) {
        int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
        if (way == 1)
            syscall(SYS_close, fd);
    }
    if (way == 3) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        close(fd);
    }
    if (way == 4)
        (void)!socket(AF_INET, SOCK_STREAM, 0);
    _exit(7);
}

/* What the child does, whether it has a TLS block of its own. */
void clone_op(const long *args)
{
    static char stack[1 << 16] __attribute__((aligned(16)));
    static char block[1 << 17] __attribute__((aligned(64)));
    int flags = CLONE_VM | CLONE_VFORK | SIGCHLD | (args[1] ? CLONE_SETTLS : 0);
    long way = args[0];
    children[children_count++] =
        clone(cloned, stack + sizeof stack, flags, &way, NULL, block + sizeof block / 2, NULL);
}

void wait_op(const long *args)
{
    (void)args;
    for (int i = 0; i < children_count; i++) {
        int status = 0;
        if (waitpid(children[i], &status, 0) < 0)
            failed("wait");
        printf("child %d: status %x\n", i, (unsigned)status);
        for (int n = 0; n < ledger->rows && n < ROWS; n++)
            if (ledger->row[n].pid == children[i])
                ledger->row[n].is_waited_for = 1;
    }
    children_count = 0;
}
