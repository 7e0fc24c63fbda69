/* What /proc says of processes: proc_pid_stat(5), proc_pid_exe(5), proc_pid_fd(5).
 *
 * Layer:   2
 * Threads: any.
 * Memory:  the stack.
 * Fails:   returns false or -errno, also for a process that is gone.
 */
#ifndef SG_PROC_H
#define SG_PROC_H

#include "base.h"

#define SG_PROC_NAME_MAX 64U

/* "/proc/PID/NAME"; the pid 0 stands for this process, whose main thread may have
 * left: then only its other threads still have anything. */
const char *sg_proc_path(char *path, size_t size, uint64_t pid, const char *name);

/* Where a link of the process leads, not terminated: its length, or -errno. Those of one
 * that has changed its user, or does not want to be dumped, are not for everybody to read. */
long sg_proc_link(uint64_t pid, const char *name, char *link, size_t size);

struct sg_proc_stat {
    char name[SG_PROC_NAME_MAX];
    uint64_t parent, group, session;
    uint64_t started; /* after the system, in hundredths of a second */
    uint64_t stack;   /* where its program's stack begins, 0 if that is not for us to read */
    bool is_gone;     /* it has ended, and its parent has not asked for it yet */
};
bool sg_proc_stat(uint64_t pid, struct sg_proc_stat *stat);

/* The number of this process in /proc, which may be of another namespace than getpid(); 0 if
 * there is no /proc. */
uint64_t sg_proc_self(void);

/* Calls `each` for every entry of a folder that is a number. False if it cannot be read. */
bool sg_proc_each(const char *folder, void (*each)(void *context, uint64_t number), void *context);

/* The number that a text begins with, and what follows it. */
uint64_t sg_proc_number(const char *text, const char **end);

#endif
