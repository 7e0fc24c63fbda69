/* A process that leaves a child behind, as daemons do: how each of them ends is the test's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int life[2]; /* a pipe that only the parent writes to, and never does */

/* The parent's is the second return. */
static inline pid_t fork_daemon(void)
{
    if (pipe(life) != 0)
        _exit(98);
    pid_t child = fork();
    if (child == 0) {
        alarm(50); /* lest it outlive a test that failed */
        close(life[1]);
    }
    return child;
}

/* In the child: until the parent is gone. */
static inline void outlive_parent(void)
{
    char byte;
    while (read(life[0], &byte, 1) > 0) {
    }
}

static inline void end_by(const char *how)
{
    fflush(stdout);
    if (strcmp(how, "_exit") == 0)
        _exit(0);
    if (strcmp(how, "quick_exit") == 0)
        quick_exit(0);
    exit(0);
}
