/* The other threads of this process: which of them run, and stopping them all at
 * its end, so that none of the program's code runs while a report is made or a
 * leak is closed.
 *
 * A thread is stopped by a signal that no function of glibc's lets a program
 * block: SIGSETXID, the kernel's number 33 (nptl(7)). Its handler notes where the
 * thread was and waits in it. The thread keeps what it holds: so whoever has
 * stopped others must not wait for a lock of libc's or of the program's.
 *
 * Layer:   5
 * Threads: one thread at a time looks at the others or stops them, with all
 *          signals but that one blocked. A forked child starts anew.
 * Memory:  maps 104 bytes a thread, which the end of the process gives back.
 * Fails:   says that threads could not be stopped. They may run on.
 */
#ifndef SG_THREADS_H
#define SG_THREADS_H

#include "base.h"

/* True if the thread with this number still runs the program's code. */
bool sg_threads_is_alive(uint32_t thread);

/* True if the thread waits for something in the kernel, and does not run, nor wants to. */
bool sg_threads_is_waiting(uint32_t thread);

/* True if any other thread runs than the calling one and `spared`; also where that
 * cannot be known. */
bool sg_threads_has_others(uint32_t spared);

/* Stops all threads but the calling one and `spared` (0: none). Returns true if
 * none of the program's runs any more, at once where there is no other. */
bool sg_threads_stop(uint32_t spared);

/* Around an exec(3) of the calling thread, which is not stopped meanwhile: a signal that
 * came then would be pending in the new program, and end it. Where threads are being
 * stopped already the first one waits, and where they were meanwhile, the second. */
void sg_threads_exec_begins(void);
void sg_threads_exec_failed(void);

/* Lets those go on for a moment that were not stopped in a call of the kernel's that waits:
 * one of them may hold a lock that is wanted. Returns true if all stand again. */
bool sg_threads_step(void);

/* Lets the stopped threads go on. Calls that the signal has interrupted may have
 * ended early, with EINTR (signal(7)). */
void sg_threads_go_on(void);

/* The calling thread goes on to end the process. Where it has not come to that in
 * `ms` milliseconds it may be waiting for a lock that a stopped thread holds, as it
 * would not without us: from then on they go on. */
void sg_threads_go_on_in(unsigned ms);

/* Where a stopped thread was. */
struct sg_stopped {
    uintptr_t pc;     /* of the next instruction */
    uintptr_t sp;     /* the stack pointer */
    uintptr_t thread; /* the thread pointer, which glibc keeps where its stack begins; 0 not known */
    const uintptr_t *registers; /* all that it had */
    unsigned n_registers;
};

/* Calls `each`, unless it is NULL, for every stopped thread; returns how many there are. */
unsigned sg_threads_each_stopped(void (*each)(void *context, const struct sg_stopped *stopped),
                                 void *context);

#endif
