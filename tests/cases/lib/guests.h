/* Children that run in their parent's memory: by clone(), whose stack and thread-local storage are given. */
#ifndef CASE_GUESTS_H
#define CASE_GUESTS_H

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GUEST_STACK = 256 * 1024, GUEST_TLS = 64 * 1024 };

/* All zero, as Chromium's sandbox has it; a page on either side that cannot be touched, and `room` bytes below
 * the thread's pointer. */
static inline char *guest_tls(size_t room)
{
    char *area = mmap(NULL, GUEST_TLS + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED || mprotect(area + 4096, GUEST_TLS, PROT_READ | PROT_WRITE) != 0)
        exit(97);
    return area + 4096 + room;
}

static inline char *guest_stack(void)
{
    char *area = mmap(NULL, GUEST_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED)
        exit(97);
    return area + GUEST_STACK;
}

static inline int guest_status(int child)
{
    int status = -1;
    if (child < 0 || waitpid(child, &status, __WALL) != child)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* Returns the child's exit status. */
static inline int guest_run(int (*body)(void *), void *context, int flags)
{
    int all = CLONE_VM | SIGCHLD | flags;
    return guest_status(clone(body, guest_stack(), all, context, NULL, guest_tls(GUEST_TLS / 2), NULL));
}

#endif
