/* Sandboxes: prctl(2) and syscall(2), by which a program gives up system calls
 * (seccomp(2)). One that it does not make itself may then kill it, so from
 * there on we make none: nothing is recorded any more, and nothing reported.
 * A filter that was there when the program started does not count, as the
 * program was not made to bear with it either.
 *
 * Layer:   13
 * Threads: any.
 * Memory:  none of its own.
 * Fails:   a call fails as the real one does.
 */
#ifndef SG_SANDBOX_H
#define SG_SANDBOX_H

#include <unistd.h>

/* Makes the system call prctl or seccomp for a program that makes it by syscall(2). */
long sg_sandbox_syscall(__typeof__(&syscall) real, long number, const long a[6]);

#endif
