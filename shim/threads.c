#include "threads.h"
#include "out.h"
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <time.h>
#include <ucontext.h>
#if defined(__x86_64__)
#include <asm/prctl.h>
#endif

#define SIGNAL 33 /* SIGSETXID of glibc's nptl */
#define NS_PER_MS 1000000U
#define SLICE_MS 1U       /* one wait for threads to stop */
#define LOOK_MS 50U       /* how often one of them looks whether they may go on */
#define PATIENCE_IDLE 50U /* slices without progress, for threads that do not run */
#define PATIENCE_BUSY 1000U
#define SPARE_ENTRIES 64U /* for threads that are made meanwhile */

/* ---- which threads there are ---- */

#define EXITING 4U      /* PF_EXITING of the kernel, in the flags of proc_pid_stat(5) */
#define IO_WORKER 0x10U /* PF_IO_WORKER: of io_uring(7), never in the program's code */
#define USER_WORKER 0x4000U

struct thread_state {
    char letter; /* of proc_pid_stat(5); 0 not known */
    uint64_t flags;
};

/* Reads what /proc says of a thread under this name; false if it says nothing. */
static bool read_of(uint32_t thread, const char *name, char *text, size_t size)
{
    char path[48];
    struct sg_out out = sg_out_into(path, sizeof path);
    sg_out_text(&out, "/proc/self/task/");
    sg_out_number(&out, thread);
    sg_out_texts(&out, "/", name, NULL);
    long file = sg_sys4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0)
        return false;
    long length = sg_sys3(SYS_read, file, text, size - 1);
    sg_sys1(SYS_close, file);
    text[length > 0 ? length : 0] = '\0';
    return length > 0;
}

static struct thread_state state_of(uint32_t thread)
{
    char stat[256];
    struct thread_state state = {0};
    if (!read_of(thread, "stat", stat, sizeof stat))
        return state;
    const char *at = strrchr(stat, ')'); /* the name before it may hold anything */
    if (!at || at[1] != ' ')
        return state;
    at += 2;
    state.letter = *at;
    for (unsigned field = 0; field < 6 && at; field++) {
        at = strchr(at, ' ');
        at += at != NULL;
    }
    while (at && *at >= '0' && *at <= '9')
        state.flags = state.flags * 10 + (uint64_t)(*at++ - '0');
    return state;
}

/* A thread that has been joined may not have left yet, and a main thread that has
 * left stays as a zombie: only its state tells. */
static bool runs_program(const struct thread_state *state)
{
    return state->letter != 'Z' && state->letter != 'X' &&
           !(state->flags & (EXITING | IO_WORKER | USER_WORKER));
}

bool sg_threads_is_alive(uint32_t thread)
{
    struct thread_state state = state_of(thread);
    return state.letter ? runs_program(&state) : sg_sys3(SYS_tgkill, sg_sys_pid(), thread, 0) == 0;
}

bool sg_threads_is_waiting(uint32_t thread)
{
    struct thread_state state = state_of(thread);
    return state.letter == 'S' || state.letter == 'D';
}

/* Calls `each` for every thread in /proc until it returns true. Returns false if
 * they cannot be listed: /proc is missing, or that of another pid namespace. */
static bool list(bool (*each)(void *context, uint32_t thread), void *context)
{
    /* Static: the stack of the thread that ends the process may be small. */
    static char names[2048] __attribute__((aligned(8)));
    uint32_t self = (uint32_t)sg_sys_thread();
    bool is_listed = false;
    bool is_over = false;
    long file = sg_sys4(SYS_openat, AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (file < 0)
        return false;
    long length;
    while (!is_over && (length = sg_sys3(SYS_getdents64, file, names, sizeof names)) > 0) {
        const struct dirent64 *entry;
        for (long at = 0; at < length && !is_over; at += entry->d_reclen) {
            entry = (const struct dirent64 *)(const void *)(names + at);
            uint32_t thread = 0;
            for (const char *digit = entry->d_name; *digit >= '0' && *digit <= '9'; digit++)
                thread = thread * 10 + (uint32_t)(*digit - '0');
            is_listed |= thread == self;
            is_over = thread && thread != self && each(context, thread);
        }
    }
    sg_sys1(SYS_close, file);
    return is_listed || is_over;
}

static bool is_other(void *context, uint32_t thread)
{
    struct thread_state state = state_of(thread);
    return thread != *(const uint32_t *)context && state.letter && runs_program(&state);
}

struct finding {
    uint32_t spared;
    bool is_found;
};

static bool find_other(void *context, uint32_t thread)
{
    struct finding *finding = context;
    finding->is_found = is_other(&finding->spared, thread);
    return finding->is_found;
}

bool sg_threads_has_others(uint32_t spared)
{
    struct finding finding = {.spared = spared};
    return !list(find_other, &finding) || finding.is_found;
}

/* How many threads there are, 0 if that is not known: a folder has a link for each
 * folder in it, and two of its own. */
static unsigned count_threads(void)
{
    struct stat about = {0};
    long result = sg_sys4(SYS_newfstatat, AT_FDCWD, "/proc/self/task", &about, 0);
    return result == 0 && about.st_nlink > 2 ? (unsigned)about.st_nlink - 2 : 0;
}

/* ---- stopping them ---- */

struct entry {
    uint32_t thread;  /* atomic: 0 free */
    uint32_t sent;    /* atomic: the round in which it was signalled */
    uint32_t stopped; /* atomic: the round in which it was stopped */
    struct sg_stopped where;
};

static struct entry *entries;         /* a hash table, by thread */
static uint32_t n_entries;            /* a power of two */
static int entries_pid;               /* whose they are: a forked child has its own */
static uint32_t round_now;            /* atomic, and a futex: odd while threads are stopped */
static uint32_t n_stopped;            /* atomic, and a futex: in this round */
static uint64_t go_on_at_ns;          /* atomic: 0 not yet */
static uint32_t stopper, spared_now;  /* threads: the one that stops others, and one that it leaves alone */
static uint32_t looker;               /* atomic: 0 none; see wait_in_round() */
static bool is_stepping;              /* atomic: those that did not wait go on */
static struct sg_sys_action previous; /* that our handler stands before */

/* The place of a thread in the table, NULL if that is full. The thread itself, and
 * the one that stops it, may come at the same time. */
static struct entry *entry_of(uint32_t thread)
{
    uint32_t first = thread * UINT32_C(2654435769);
    for (uint32_t i = 0; i < n_entries; i++) {
        struct entry *entry = &entries[(first + i) & (n_entries - 1)];
        uint32_t there = 0;
        if (__atomic_compare_exchange_n(&entry->thread, &there, thread, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE) ||
            there == thread)
            return entry;
    }
    return NULL;
}

static bool is_round(uint32_t number)
{
    return (number & 1) && __atomic_load_n(&round_now, __ATOMIC_ACQUIRE) == number;
}

/* True if the thread leaves its handler while others stay; it is signalled again then. It must
 * not be taken for a stopped one, so the stepping thread sees this, or this sees that it is over. */
static bool steps(struct entry *entry, uint32_t number)
{
    if (!entry || !__atomic_load_n(&is_stepping, __ATOMIC_SEQ_CST))
        return false;
    __atomic_store_n(&entry->stopped, 0, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&is_stepping, __ATOMIC_SEQ_CST)) {
        __atomic_store_n(&entry->stopped, number, __ATOMIC_SEQ_CST);
        return false;
    }
    __atomic_store_n(&entry->sent, 0, __ATOMIC_SEQ_CST);
    return true;
}

/* One of the stopped threads looks whether they may go on. */
static void wait_in_round(uint32_t number, struct entry *entry, bool was_waiting)
{
    struct timespec look = {.tv_nsec = (long)LOOK_MS * NS_PER_MS};
    uint32_t none = 0;
    bool is_looking =
        __atomic_compare_exchange_n(&looker, &none, number, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    while (is_round(number) && (was_waiting || !steps(entry, number))) {
        uint64_t end = __atomic_load_n(&go_on_at_ns, __ATOMIC_ACQUIRE);
        if (is_looking && end && sg_sys_coarse_ns() >= end)
            sg_threads_go_on();
        else
            (void)sg_sys4(SYS_futex, &round_now, FUTEX_WAIT_PRIVATE, number, is_looking ? &look : NULL);
    }
    if (is_looking)
        __atomic_store_n(&looker, 0, __ATOMIC_RELEASE);
}

/* The thread pointer is asked for where reading through it could fault: it may point
 * to nothing. */
static struct sg_stopped where_is(const ucontext_t *context)
{
    struct sg_stopped where = {0};
#if defined(__x86_64__)
    where.registers = (const uintptr_t *)context->uc_mcontext.gregs;
    where.n_registers = REG_RIP + 1;
    where.pc = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    where.sp = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
    (void)sg_sys2(SYS_arch_prctl, ARCH_GET_FS, &where.thread);
#elif defined(__aarch64__)
    where.registers = (const uintptr_t *)context->uc_mcontext.regs;
    where.n_registers = SG_COUNT(context->uc_mcontext.regs);
    where.pc = (uintptr_t)context->uc_mcontext.pc;
    where.sp = (uintptr_t)context->uc_mcontext.sp;
    where.thread = (uintptr_t)__builtin_thread_pointer();
#endif
    return where;
}

/* True if the thread was in a call of the kernel's that ends early by a signal, with EINTR or
 * to be made again: so it waited for something, and was not in the middle of a lock. */
static bool was_waiting(const ucontext_t *context)
{
#if defined(__x86_64__)
    const unsigned char *pc = (const unsigned char *)context->uc_mcontext.gregs[REG_RIP];
    bool has_ended = context->uc_mcontext.gregs[REG_RAX] == -EINTR;
    return (pc[0] == 0x0f && pc[1] == 0x05) || (has_ended && pc[-2] == 0x0f && pc[-1] == 0x05);
#elif defined(__aarch64__)
    const uint32_t svc = UINT32_C(0xd4000001);
    const uint32_t *pc = (const uint32_t *)context->uc_mcontext.pc;
    return pc[0] == svc || ((int64_t)context->uc_mcontext.regs[0] == -EINTR && pc[-1] == svc);
#endif
}

/* Glibc's own, for setuid() and the like, must reach it: it waits for each thread. */
static bool is_ours(const siginfo_t *info)
{
    bool is_queued = info->si_code == SI_QUEUE && info->si_ptr == &round_now;
    return is_queued || (info->si_code == SI_USER && info->si_pid == sg_sys_pid());
}

/* Uses neither errno nor any other memory of the thread's than its stack: it may be one
 * that libc does not know. */
static void stop_here(int signal, siginfo_t *info, void *context)
{
    uint32_t number = __atomic_load_n(&round_now, __ATOMIC_ACQUIRE);
    uint32_t self = (uint32_t)sg_sys_thread();
    if (!is_ours(info)) {
        if (previous.handler > (uintptr_t)SIG_IGN) /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
            ((void (*)(int, siginfo_t *, void *))previous.handler)(signal, info, context);
        return;
    }
    if (!(number & 1) || self == stopper || self == spared_now)
        return; /* it came too late */
    struct entry *entry = entry_of(self);
    if (entry) {
        entry->where = where_is(context);
        __atomic_store_n(&entry->stopped, number, __ATOMIC_RELEASE);
        __atomic_add_fetch(&n_stopped, 1, __ATOMIC_ACQ_REL);
        (void)sg_sys3(SYS_futex, &n_stopped, FUTEX_WAKE_PRIVATE, 1);
    }
    wait_in_round(number, entry, was_waiting(context));
}

/* What sigreturn(2) is called by; libc's own is not to be had. Debuggers and unwinders
 * know a signal's frame by these very instructions. */
#if defined(__x86_64__)
#define RESTORER 0x04000000UL /* SA_RESTORER */
void sg_threads_return(void) __attribute__((visibility("hidden")));
__asm__(".text\n"
        "    nop\n" /* unwinders look up the address before the one that is returned to */
        ".globl sg_threads_return\n"
        ".hidden sg_threads_return\n"
        ".type sg_threads_return, @function\n"
        "sg_threads_return:\n"
        "    movq $15, %rax\n"
        "    syscall\n"
        ".size sg_threads_return, .-sg_threads_return\n");
#endif

/* Once there it stays, as one more of these signals may still be on its way. */
static bool install(void)
{
    struct sg_sys_action before = {0};
    struct sg_sys_action ours = {
        .handler = (uintptr_t)&stop_here, .flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART, .mask = UINT64_MAX};
#if defined(__x86_64__)
    ours.flags |= RESTORER;
    ours.restorer = (uintptr_t)&sg_threads_return;
#endif
    if (sg_sys_action(SIGNAL, &ours, &before) < 0)
        return false;
    if (before.handler != ours.handler)
        previous = before;
    return true;
}

static bool prepare(unsigned count)
{
    uint32_t wanted = SPARE_ENTRIES;
    while (wanted < 2 * (count + SPARE_ENTRIES))
        wanted *= 2;
    int self = sg_sys_pid();
    if (entries_pid != self || n_entries < wanted) {
        struct entry *fresh = sg_sys_map(wanted * sizeof *fresh);
        if (!fresh)
            return false;
        /* A handler of the round before may still look at the old ones, which stay. */
        n_entries = 0;
        entries = fresh;
        n_entries = wanted;
        entries_pid = self;
    } else {
        memset(entries, 0, n_entries * sizeof *entries);
    }
    if (!install())
        return false;
    stopper = (uint32_t)sg_sys_thread();
    __atomic_store_n(&n_stopped, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&looker, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&go_on_at_ns, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&round_now, (round_now | 1) + (round_now & 1) * 2, __ATOMIC_SEQ_CST);
    return true;
}

/* ---- exec ---- */

#define PLACES 16U
static uint32_t in_exec[PLACES]; /* atomic: threads, 0 none */

static uint32_t *place_of(uint32_t thread)
{
    for (unsigned i = 0; i < PLACES; i++)
        if (__atomic_load_n(&in_exec[i], __ATOMIC_SEQ_CST) == thread)
            return &in_exec[i];
    return NULL;
}

/* A child that was forked by another thread finds places of threads that it does not have. */
static void take_place(uint32_t self)
{
    for (unsigned i = 0; i < PLACES; i++) {
        uint32_t there = __atomic_load_n(&in_exec[i], __ATOMIC_RELAXED);
        bool is_free = there == 0 || sg_sys3(SYS_tgkill, sg_sys_pid(), there, 0) == -ESRCH;
        if (is_free &&
            __atomic_compare_exchange_n(&in_exec[i], &there, self, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
            return;
    }
}

static void stop_myself(uint32_t self)
{
    uint32_t number = __atomic_load_n(&round_now, __ATOMIC_SEQ_CST);
    struct entry *entry = (number & 1) && entries_pid == sg_sys_pid() ? entry_of(self) : NULL;
    if (!entry)
        return;
    entry->where = (struct sg_stopped){.sp = (uintptr_t)__builtin_frame_address(0)};
    __atomic_store_n(&entry->stopped, number, __ATOMIC_RELEASE);
    wait_in_round(number, entry, true);
}

void sg_threads_exec_begins(void)
{
    uint32_t self = (uint32_t)sg_sys_thread();
    take_place(self);
    if (__atomic_load_n(&round_now, __ATOMIC_SEQ_CST) & 1)
        sg_threads_exec_failed();
}

void sg_threads_exec_failed(void)
{
    uint32_t self = (uint32_t)sg_sys_thread();
    uint32_t *place = place_of(self);
    if (place)
        __atomic_store_n(place, 0, __ATOMIC_SEQ_CST);
    stop_myself(self);
}

static long send(int pid, uint32_t thread)
{
    siginfo_t info = {.si_signo = SIGNAL, .si_code = SI_QUEUE};
    info.si_pid = pid;
    info.si_ptr = &round_now;
    return sg_sys4(SYS_rt_tgsigqueueinfo, pid, thread, SIGNAL, &info);
}

/* One look at all threads. */
struct look {
    bool has_left; /* one that must be left alone */
    unsigned n_missing, n_running;
    int pid;
};

/* What a signal's frame takes below the stack pointer, and its handler (getauxval(3)). */
#define HANDLER_BYTES 1024U
#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

static uintptr_t frame_bytes(void)
{
    const uintptr_t usual = 3584; /* with all of AVX-512 */
    uintptr_t told = getauxval(AT_MINSIGSTKSZ);
    return (told ? told : usual) + HANDLER_BYTES;
}

/* False if the thread waits with so little of its stack left that a signal would be its end.
 * The main thread's stack grows as it is used. */
static bool has_room(const struct look *look, uint32_t thread)
{
    char text[256]; /* of proc_pid_syscall(5): the last but one is the stack pointer */
    uintptr_t sp = 0;
    if (thread == (uint32_t)look->pid || sg_sys_is_emulated || !read_of(thread, "syscall", text, sizeof text))
        return true;
    char *last = strrchr(text, ' ');
    if (!last)
        return true; /* it runs */
    *last = '\0';
    const char *digits = strrchr(text, 'x');
    for (digits = digits ? digits + 1 : ""; *digits; digits++)
        sp = sp * 16 + (uintptr_t)(*digits <= '9' ? *digits - '0' : *digits - 'a' + 10);
    return sp == 0 || sg_sys_is_readable(sp - frame_bytes());
}

static bool stop_one(void *context, uint32_t thread)
{
    struct look *look = context;
    if (thread == spared_now || place_of(thread))
        return false;
    struct entry *entry = entry_of(thread);
    if (!entry) {
        look->n_missing++;
        return false;
    }
    if (__atomic_load_n(&entry->stopped, __ATOMIC_SEQ_CST) == round_now)
        return false;
    if (__atomic_load_n(&entry->sent, __ATOMIC_ACQUIRE) != round_now) {
        if (!has_room(look, thread)) {
            look->has_left = true;
            return false;
        }
        long result = send(look->pid, thread);
        /* Where no signal can be queued (RLIMIT_SIGPENDING), one that goes to any of
         * the threads still comes. */
        if (result == -EAGAIN)
            (void)sg_sys2(SYS_kill, look->pid, SIGNAL);
        else
            __atomic_store_n(&entry->sent, round_now, __ATOMIC_RELEASE);
        look->n_missing += result != -ESRCH;
        return false;
    }
    struct thread_state state = state_of(thread);
    if (state.letter && runs_program(&state)) {
        look->n_missing++;
        look->n_running += state.letter == 'R';
    }
    return false;
}

/* Waits until some more have stopped, or for a moment in which none does. */
static bool wait_for_more(uint32_t seen, unsigned n_missing)
{
    struct timespec slice = {.tv_nsec = SLICE_MS * NS_PER_MS};
    uint32_t now;
    while ((now = __atomic_load_n(&n_stopped, __ATOMIC_ACQUIRE)) - seen < n_missing &&
           sg_sys4(SYS_futex, &n_stopped, FUTEX_WAIT_PRIVATE, now, &slice) != -ETIMEDOUT) {
    }
    return now != seen;
}

/* Without a list of them: a signal to the process goes to one that does not block it,
 * which those do that have been stopped. Nobody says when the last one was. */
static void stop_unlisted(void)
{
    uint64_t mask = UINT64_C(1) << (SIGNAL - 1);
    struct timespec none = {0};
    bool is_more = true;
    while (is_more) {
        uint32_t seen = __atomic_load_n(&n_stopped, __ATOMIC_ACQUIRE);
        if (sg_sys2(SYS_kill, sg_sys_pid(), SIGNAL) < 0)
            return;
        is_more = false;
        for (unsigned i = 0; i < PATIENCE_IDLE && !is_more; i++)
            is_more = wait_for_more(seen, 1);
    }
    (void)sg_sys4(SYS_rt_sigtimedwait, &mask, 0, &none, sizeof mask);
}

/* What a thread has made before it was stopped is seen by the second of two looks. */
static bool stop_listed(void)
{
    struct look look = {.pid = sg_sys_pid()};
    unsigned n_quiet = 0;
    for (unsigned n_idle = 0; n_quiet < 2;) {
        uint32_t seen = __atomic_load_n(&n_stopped, __ATOMIC_ACQUIRE);
        look.n_missing = look.n_running = 0;
        if (!list(stop_one, &look)) {
            stop_unlisted();
            return false;
        }
        if (look.n_missing == 0) {
            n_quiet++;
            continue;
        }
        n_quiet = 0;
        n_idle = wait_for_more(seen, look.n_missing) ? 0 : n_idle + 1;
        if (n_idle > (look.n_running ? PATIENCE_BUSY : PATIENCE_IDLE))
            return false;
    }
    return !look.has_left;
}

/* A signal to the process must find another thread than this. */
static bool stop_all(void)
{
    uint64_t own = UINT64_C(1) << (SIGNAL - 1);
    uint64_t before = 0;
    sg_sys4(SYS_rt_sigprocmask, SIG_BLOCK, &own, &before, sizeof own);
    bool is_done = stop_listed();
    sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, sizeof before);
    return is_done;
}

bool sg_threads_stop(uint32_t spared)
{
    unsigned count = count_threads();
    spared_now = spared;
    if (count == 1 || !prepare(count))
        return count == 1;
    return stop_all();
}

bool sg_threads_step(void)
{
    struct timespec moment = {.tv_nsec = NS_PER_MS};
    __atomic_store_n(&is_stepping, true, __ATOMIC_SEQ_CST);
    (void)sg_sys3(SYS_futex, &round_now, FUTEX_WAKE_PRIVATE, INT32_MAX);
    sg_sys2(SYS_nanosleep, &moment, 0);
    __atomic_store_n(&is_stepping, false, __ATOMIC_SEQ_CST);
    return stop_all();
}

void sg_threads_go_on(void)
{
    if (!(round_now & 1) || entries_pid != sg_sys_pid())
        return;
    __atomic_store_n(&round_now, round_now + 1, __ATOMIC_RELEASE);
    (void)sg_sys3(SYS_futex, &round_now, FUTEX_WAKE_PRIVATE, INT32_MAX);
}

void sg_threads_go_on_in(unsigned ms)
{
    __atomic_store_n(&go_on_at_ns, sg_sys_coarse_ns() + (uint64_t)ms * NS_PER_MS, __ATOMIC_RELEASE);
}

unsigned sg_threads_each_stopped(void (*each)(void *context, const struct sg_stopped *stopped), void *context)
{
    unsigned count = 0;
    if (!(round_now & 1) || entries_pid != sg_sys_pid())
        return 0;
    for (uint32_t i = 0; i < n_entries; i++) {
        if (__atomic_load_n(&entries[i].stopped, __ATOMIC_ACQUIRE) != round_now)
            continue;
        count++;
        if (each)
            each(context, &entries[i].where);
    }
    return count;
}
