#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
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

bool sg_sys_is_emulated;

static bool is_on_valgrind(void)
{
    uint64_t request[6] = {0x1001}; /* "running on valgrind", valgrind.h */
    uint64_t answer = 0;
#if defined(__x86_64__)
    __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx"
                     : "+d"(answer)
                     : "a"(request)
                     : "cc", "memory");
#elif defined(__aarch64__)
    register uint64_t x3 __asm__("x3") = answer;
    register uint64_t *x4 __asm__("x4") = request;
    __asm__ volatile("ror x12, x12, #3; ror x12, x12, #13; ror x12, x12, #51; ror x12, x12, #61; "
                     "orr x10, x10, x10"
                     : "+r"(x3)
                     : "r"(x4)
                     : "cc", "memory");
    answer = x3;
#endif
    return answer != 0;
}

void sg_sys_start(void) { sg_sys_is_emulated = is_on_valgrind(); }

bool sg_sys_is_readable(uintptr_t address)
{
    /* Valgrind complains of what follows; this says at least what is mapped. */
    unsigned char is_there[16];
    if (SG_UNLIKELY(sg_sys_is_emulated))
        return sg_sys3(SYS_mincore, address & ~UINT64_C(4095), 1, is_there) == 0;
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
    uint64_t set = UINT64_C(1) << (fd & 63);
    long result = sg_sys5(SYS_ppoll, &poll, 1, &limit, 0, 0);
    /* poll() does not look at more descriptors than the program may open: at none, perhaps. */
    if (result == -EINVAL && fd < 64)
        result = sg_sys(SYS_pselect6, fd + 1, 0, (long)&set, 0, (long)&limit, 0);
    return (int)result;
}

static bool is_terminal(int fd)
{
    char settings[256]; /* the kernel's struct termios is a fourth of that */
    return sg_sys3(SYS_ioctl, fd, TCGETS, settings) == 0;
}

/* What can be written at once: a pipe that polls writable takes PIPE_BUF bytes
 * without blocking, a terminal that was stopped or that nobody reads some less.
 * 0 where writing makes nobody wait. */
static size_t most_at_once(int fd)
{
    struct sg_identity identity = {0};
    (void)sg_sys_identity(fd, &identity);
    if (S_ISCHR(identity.mode))
        return is_terminal(fd) ? 256 : 0;
    return S_ISFIFO(identity.mode) || S_ISSOCK(identity.mode) ? PIPE_BUF : 0;
}

static int write_pieces(int fd, const char *next, size_t length, int wait_ms)
{
    size_t most = most_at_once(fd);
    unsigned refusals = 0;
    while (length > 0) {
        if (most && wait_writable(fd, wait_ms) <= 0)
            return -EAGAIN;
        size_t piece = most && length > most ? most : length;
        long written = sg_sys3(SYS_write, fd, next, piece);
        if (written == -EAGAIN && refusals++ < 10) {
            most = PIPE_BUF; /* the next try comes after poll() */
            continue;
        }
        if (written == -EINTR)
            continue;
        if (written < 0)
            return (int)written;
        refusals = 0;
        next += written;
        length -= (size_t)written;
    }
    return 0;
}

#define BIT(signal) (UINT64_C(1) << ((signal)-1))

/* What a reader that is gone, a file that is too large, or a terminal that is
 * somebody else's would do to the program is kept from it. The first two go to
 * the thread that writes; where the third is blocked, the terminal is written to. */
int sg_sys_write_all(int fd, const void *bytes, size_t length, int wait_ms)
{
    uint64_t wanted = BIT(SIGPIPE) | BIT(SIGXFSZ) | BIT(SIGTTOU);
    uint64_t mask = 0;
    uint64_t before = 0;
    uint64_t after = 0;
    struct timespec now = {0};
    sg_sys4(SYS_rt_sigprocmask, SIG_BLOCK, &wanted, &mask, sizeof mask);
    sg_sys2(SYS_rt_sigpending, &before, sizeof before);
    int result = write_pieces(fd, bytes, length, wait_ms);
    sg_sys2(SYS_rt_sigpending, &after, sizeof after);
    wanted &= after & ~before & ~BIT(SIGTTOU);
    if (wanted)
        sg_sys4(SYS_rt_sigtimedwait, &wanted, 0, &now, sizeof wanted);
    sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, 0, sizeof mask);
    return result;
}

static uint64_t set_signals(int how, uint64_t mask)
{
    uint64_t before = 0;
    sg_sys4(SYS_rt_sigprocmask, how, &mask, &before, sizeof mask);
    return before;
}

bool sg_sys_take_turn(struct sg_turn *turn)
{
    const uint64_t faults =
        BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGSYS);
    if (sg_sys_is_barred())
        return false;
    int self = sg_sys_thread();
    for (;;) {
        int other = 0;
        uint64_t signals = set_signals(SIG_BLOCK, ~faults);
        if (__atomic_compare_exchange_n(&turn->thread, &other, self, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            turn->signals = signals;
            return true;
        }
        (void)set_signals(SIG_SETMASK, signals);
        if (other == self)
            return false;
        if (sg_sys3(SYS_tgkill, sg_sys_pid(), other, 0) == -ESRCH)
            __atomic_compare_exchange_n(&turn->thread, &other, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
        sg_sys0(SYS_sched_yield);
    }
}

void sg_sys_end_turn(struct sg_turn *turn)
{
    uint64_t signals = turn->signals;
    __atomic_store_n(&turn->thread, 0, __ATOMIC_RELEASE);
    (void)set_signals(SIG_SETMASK, signals);
}

static uint64_t clock_ns(clockid_t clock)
{
    /* clock_gettime() sets errno only for a bad clock, which these are not. */
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

uint64_t sg_sys_coarse_ns(void) { return clock_ns(CLOCK_MONOTONIC_COARSE); }
uint64_t sg_sys_real_ns(void) { return clock_ns(CLOCK_REALTIME_COARSE); }
