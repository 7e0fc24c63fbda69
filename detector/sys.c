#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

uint32_t sg_sys_barred;

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* Returns 0 when the system refuses. */
static uintptr_t map(uintptr_t address, size_t size, int protection, int flags)
{
    long result = sg_sys(SYS_mmap, (long)address, (long)size, protection,
                         flags | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return result < 0 && result > -4096 ? 0 : (uintptr_t)result;
}

void *sg_sys_map(size_t size)
{
    return (void *)map(0, size, PROT_READ | PROT_WRITE, 0); /* NOLINT(performance-no-int-to-ptr) */
}

uintptr_t sg_sys_find_room(size_t size)
{
    uintptr_t found = map(0, size, PROT_NONE, 0);
    if (found)
        (void)sg_sys2(SYS_munmap, found, size);
    return found;
}

bool sg_sys_map_at(uintptr_t address, size_t size)
{
    uintptr_t got = map(address, size, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE);
    if (got == address)
        return true;
    if (got) /* Linux before 4.17 took the address for a wish */
        (void)sg_sys2(SYS_munmap, got, size);
    return false;
}

void sg_sys_unmap(void *memory, size_t size) { (void)sg_sys2(SYS_munmap, memory, size); }

bool sg_sys_is_readable(uintptr_t address)
{
    /* A mask is read before it is seen that there is no such thing to do with it. */
    return sg_sys4(SYS_rt_sigprocmask, -1, address & ~UINT64_C(7), 0, sizeof(uint64_t)) == -EINVAL;
}

int sg_sys_identity(int fd, struct sg_identity *identity)
{
    struct stat status = {0};
    long result = sg_sys2(SYS_fstat, fd, &status);
    if (result < 0)
        return (int)result;
    identity->device = status.st_dev;
    identity->inode = status.st_ino;
    identity->mode = status.st_mode;
    return 0;
}

static int wait_writable(int fd, int wait_ms)
{
    struct pollfd poll = {.fd = fd, .events = POLLOUT};
    struct timespec limit = {.tv_sec = wait_ms / 1000, .tv_nsec = (long)(wait_ms % 1000) * 1000000};
    return (int)sg_sys5(SYS_ppoll, &poll, 1, &limit, 0, 0);
}

int sg_sys_write_all(int fd, const void *bytes, size_t length, int wait_ms)
{
    const char *next = bytes;
    while (length > 0) {
        long written = sg_sys3(SYS_write, fd, next, length);
        if (written == -EINTR)
            continue;
        if (written == -EAGAIN) {
            if (wait_writable(fd, wait_ms) <= 0)
                return -EAGAIN;
            continue;
        }
        if (written < 0)
            return (int)written;
        next += written;
        length -= (size_t)written;
    }
    return 0;
}

bool sg_sys_take_turn(int *turn)
{
    if (sg_sys_is_barred())
        return false;
    int self = sg_sys_thread();
    for (;;) {
        int other = 0;
        if (__atomic_compare_exchange_n(turn, &other, self, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
        if (other == self)
            return false;
        if (sg_sys3(SYS_tgkill, sg_sys_pid(), other, 0) == -ESRCH)
            __atomic_compare_exchange_n(turn, &other, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
        sg_sys0(SYS_sched_yield);
    }
}

void sg_sys_end_turn(int *turn) { __atomic_store_n(turn, 0, __ATOMIC_RELEASE); }

static uint64_t clock_ns(clockid_t clock)
{
    /* clock_gettime() sets errno only for a bad clock, which these are not. */
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

uint64_t sg_sys_coarse_ns(void) { return clock_ns(CLOCK_MONOTONIC_COARSE); }
uint64_t sg_sys_real_ns(void) { return clock_ns(CLOCK_REALTIME_COARSE); }
