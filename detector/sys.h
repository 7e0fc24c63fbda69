/* The system, without libc: raw system calls that never touch errno, are no
 * cancellation points, and cannot be interposed by anyone (ourselves included).
 *
 * Layer:   1
 * Threads: any, also signal handlers.
 * Memory:  sg_sys_map() and sg_sys_map_at() map it; nothing else allocates.
 * Fails:   every call returns what the kernel returned: -errno on failure.
 */
#ifndef SG_SYS_H
#define SG_SYS_H

#include "base.h"
#include <sys/syscall.h>

static inline long sg_sys(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result = number;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#else
#error "sessguard knows x86-64 and aarch64"
#endif
}

#define sg_sys0(n) sg_sys((n), 0, 0, 0, 0, 0, 0)
#define sg_sys1(n, a) sg_sys((n), (long)(a), 0, 0, 0, 0, 0)
#define sg_sys2(n, a, b) sg_sys((n), (long)(a), (long)(b), 0, 0, 0, 0)
#define sg_sys3(n, a, b, c) sg_sys((n), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define sg_sys4(n, a, b, c, d) sg_sys((n), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define sg_sys5(n, a, b, c, d, e) sg_sys((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

/* More than 0 where a system call of ours could be the end of the process: in a
 * sandbox that the program has entered (seccomp(2)). Whoever makes one asks. */
extern uint32_t sg_sys_barred; /* atomic */
static inline bool sg_sys_is_barred(void) { return __atomic_load_n(&sg_sys_barred, __ATOMIC_SEQ_CST) != 0; }

/* False in a child of clone(2) whose thread-local storage is its own and all zero. What
 * takes an address in it, as errno does, would crash there. */
static inline bool sg_sys_has_thread(void)
{
    const void *first;
#if defined(__x86_64__)
    __asm__("movq %%fs:0, %0" : "=r"(first)); /* its own address */
#else
    first = *(void *const *)__builtin_thread_pointer(); /* where modules have theirs */
#endif
    return first != NULL;
}

static inline int sg_sys_pid(void) { return (int)sg_sys0(SYS_getpid); }
static inline int sg_sys_thread(void) { return (int)sg_sys0(SYS_gettid); }

/* Identity of the file behind a descriptor. */
struct sg_identity {
    uint64_t device;
    uint64_t inode;
    uint32_t mode; /* st_mode */
};

/* Reserves `size` zeroed bytes that take memory only where they are touched.
 * Returns NULL when the system refuses. */
void *sg_sys_map(size_t size);
/* Where `size` bytes of address space are free; 0 if they are not. They are
 * only looked for: what is kept counts against the program's limits. */
uintptr_t sg_sys_find_room(size_t size);
/* Maps zeroed memory just there, in whole pages, and over nothing else. */
bool sg_sys_map_at(uintptr_t address, size_t size);
void sg_sys_unmap(void *memory, size_t size);

/* True under valgrind, which says that looking for readable memory is an error. Set by
 * sg_sys_start(), called in the constructor before all else. */
extern bool sg_sys_is_emulated;
void sg_sys_start(void);

/* True if the page that `address` lies in can be read. Nothing is read. */
bool sg_sys_is_readable(uintptr_t address);

/* Reads the identity of `fd`. Returns 0 or -errno. */
int sg_sys_identity(int fd, struct sg_identity *identity);

/* Writes all of it, waiting up to `wait_ms` each time where a descriptor would
 * block. Returns 0 or -errno; raises neither SIGPIPE, SIGXFSZ nor SIGTTOU. */
int sg_sys_write_all(int fd, const void *bytes, size_t length, int wait_ms);

/* A turn: one thread does a rare piece of work while others wait for it, for
 * microseconds. Meanwhile signals wait too, but those that a fault raises: a
 * handler that came in the middle could neither wait nor go on. Returns false
 * where one did, and where system calls are barred. A turn that a fork left
 * behind, of a thread that the child does not have, is taken over. */
struct sg_turn {
    int thread;       /* atomic: whose turn it is, 0 nobody's */
    uint64_t signals; /* what that thread blocks otherwise */
};
bool sg_sys_take_turn(struct sg_turn *turn);
void sg_sys_end_turn(struct sg_turn *turn);

/* What the kernel does at a signal, as rt_sigaction(2) takes it (the kernel's struct
 * ksigaction): libc's sigaction() may be a sanitizer's, or the program's. */
struct sg_sys_action {
    uintptr_t handler;
    unsigned long flags;
    uintptr_t restorer;
    uint64_t mask;
};

/* Sets and reads it; either may be NULL. Returns 0 or -errno. */
static inline int sg_sys_action(int number, const struct sg_sys_action *fresh, struct sg_sys_action *before)
{
    return (int)sg_sys4(SYS_rt_sigaction, number, fresh, before, sizeof fresh->mask);
}

/* Nanoseconds of CLOCK_MONOTONIC_COARSE and CLOCK_REALTIME_COARSE, through the
 * vDSO. Both step at the same moments, so that times counted by one and times
 * read from the other are in the right order. */
uint64_t sg_sys_coarse_ns(void);
uint64_t sg_sys_real_ns(void);

#endif
