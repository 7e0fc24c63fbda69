#include "finish.h"
#include "autoclose.h"
#include "detector.h"
#include "fallback.h"
#include "handover.h"
#include "hook.h"
#include "launch.h"
#include "loader.h"
#include "modules.h"
#include "out.h"
#include "sessguard.h"
#include "snapshot.h"
#include "stderr.h"
#include "sys.h"
#include "threads.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#define WAIT_MS 1000
#define NS_PER_MS 1000000L

/* After the report the process ends within microseconds. Where that takes longer, it may
 * wait for a thread that was stopped. Meeting what was closed could harm such a thread,
 * waiting for it for ever is worse. */
#define LET_GO_MS 100U
#define LET_GO_CLOSED_MS 1000U

enum ending {
    CLOSING,  /* the end, at which leaks may be closed */
    ABRUPT,   /* the end, in whatever state the program is */
    BECOMING, /* another program, by exec */
    LOOKING,  /* not the end: the program asked for its only report now */
};

static const char *start_directory = "";
static int finished_pid;    /* atomic: the process that has made its report */
static struct sg_turn turn; /* of the thread that makes it */
static bool has_leaks;      /* what it found */

/* The thread that ends this process, and the status that it ends with. It came first, so
 * no other one that would end it has a say any more. */
static struct {
    int pid, thread; /* atomic; 0 none */
    int status;
} last;

/* ---- signals ---- */

#define SIGNALS 64U
static struct sg_sys_action actions[SIGNALS + 1]; /* of those that are ignored now; else all zero */

/* True for signals that come from outside, and end the process or run a handler of the
 * program's. */
static bool is_asynchronous(unsigned number)
{
    static const uint8_t others[] = {SIGKILL, SIGSTOP, SIGCHLD, SIGCONT, SIGSEGV, SIGBUS, SIGFPE,
                                     SIGILL,  SIGTRAP, SIGSYS,  SIGABRT, 32,      33};
    for (unsigned i = 0; i < SG_COUNT(others); i++)
        if (others[i] == number)
            return false;
    return true;
}

/* They find the process gone, as without us, also where a thread does not block them. */
static void ignore_signals(void)
{
    const struct sg_sys_action ignored = {.handler = (uintptr_t)SIG_IGN};
    for (unsigned number = 1; number <= SIGNALS; number++)
        if (is_asynchronous(number))
            (void)sg_sys_action((int)number, &ignored, &actions[number]);
}

static void heed_signals(void)
{
    for (unsigned number = 1; number <= SIGNALS; number++)
        if (is_asynchronous(number))
            (void)sg_sys_action((int)number, &actions[number], NULL);
}

/* Blocks every signal, so that no handler of the program runs in the middle of its report;
 * but glibc's own two: who calls setuid() in another thread waits for this one to take it,
 * with a lock in its hand that making a thread needs. */
#define LIBCS_OWN (UINT64_C(3) << (32 - 1))
struct blocked {
    uint64_t mask, pending; /* before */
};

static struct blocked block_signals(void)
{
    uint64_t all = ~LIBCS_OWN;
    struct blocked before = {0};
    sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before.mask, sizeof all);
    sg_sys2(SYS_rt_sigpending, &before.pending, sizeof before.pending);
    return before;
}

static void unblock_signals(const struct blocked *before)
{
    sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &before->mask, 0, sizeof before->mask);
}

/* Without us the process would have been gone before these signals came. */
static void forget_signals(const struct blocked *before)
{
    uint64_t pending = 0;
    struct timespec now = {0};
    for (;;) {
        sg_sys2(SYS_rt_sigpending, &pending, sizeof pending);
        pending &= ~before->pending;
        if (!pending || sg_sys4(SYS_rt_sigtimedwait, &pending, 0, &now, sizeof pending) < 0)
            return;
    }
}

static void report_plainly(const void *leaks, const char *reason)
{
    sg_fallback_report(leaks, start_directory, reason);
}

/* True if there is something to say. */
static bool is_worth_a_report(const struct sg_leaks *leaks, enum ending ending)
{
    const struct sg_options *options = sg_detector_options;
    bool is_always_told = ending != BECOMING && (options->report_clean || options->verbosity > 0);
    return leaks->n_handles > leaks->n_aside || leaks->n_descriptors > 0 || is_always_told ||
           sg_arena->stacks.wrong > 0;
}

/* For a reader who wants to know what we could not see: every object that is
 * loaded, not only those that something was opened from. */
static bool note_object(void *unused, const struct sg_elf *elf)
{
    uint32_t offset;
    (void)unused;
    (void)sg_modules_find(elf->start, &offset);
    return false;
}

static uint32_t note_unseen(void)
{
    if (sg_detector_options->verbosity > 0)
        sg_objects_each(note_object, NULL, false);
    return sg_loader_has_namespaces() ? SG_FLAG_NAMESPACES : 0;
}

/* What is asked of the loader, or of the program, before its threads are stopped: they
 * may hold the locks that this takes. */
struct asked {
    uint32_t flags;
    const char *suppressions;
};

static struct asked ask(void)
{
    struct asked asked = {.flags = note_unseen()};
    sg_provider_mark_families();
    if (__sessguard_default_suppressions)
        asked.suppressions = __sessguard_default_suppressions();
    return asked;
}

/* Returns true if something leaked that counts. All signals are blocked. */
static bool report(enum ending ending, struct asked asked, bool has_running)
{
    static struct sg_leaks leaks; /* static: a closing thread may outlast this function */
    const struct sg_options *options = sg_detector_options;
    if (ending == LOOKING)
        sg_handover_prepare(false);
    leaks = sg_leaks_collect();
    if (ending == BECOMING)
        sg_leaks_pass_on(&leaks);
    if (ending != LOOKING)
        sg_handover_settle(&leaks, ending == CLOSING && options->mode == SG_MODE_AUTO_CLOSE);
    if (!is_worth_a_report(&leaks, ending))
        return false;
    if (ending == CLOSING && options->mode == SG_MODE_AUTO_CLOSE) {
        sg_autoclose(&leaks, has_running);
        asked.flags |= SG_FLAG_CLOSED;
    }
    asked.flags |= sg_stderr_flags();
    sg_snapshot_prepare(asked.flags, start_directory, asked.suppressions);
    bool is_last = ending != BECOMING && ending != LOOKING;
    int verdict = sg_launch_helper(report_plainly, &leaks, is_last);
    return verdict == SG_VERDICT_LEAKS ||
           (verdict == SG_VERDICT_UNWRITTEN && sg_leaks_count(&leaks, options->closed_counts));
}

/* ---- the other threads ---- */

#define TRIES_NS UINT64_C(2000000000)

/* Where a thread holds the allocator, it goes on for a moment. Nothing was closed yet. */
static bool can_close(void)
{
    uint64_t end = sg_sys_coarse_ns() + TRIES_NS;
    do {
        if (sg_autoclose_can_begin())
            return true;
    } while (sg_threads_step() && sg_sys_coarse_ns() < end);
    return false;
}

/* glibc's lock of the list of all streams, which exit() takes after the report: no thread is
 * stopped that has it, as in the middle of fork(), fopen() or fflush(NULL). exit() would wait
 * for that thread until all go on. */
extern void _IO_list_lock(void) __attribute__((weak));
extern void _IO_list_unlock(void) __attribute__((weak));
static int exiting; /* the thread that is in exit(3) */

/* Stops the program's other threads: at the end of the process none of them runs longer
 * than it would without us, and who wants to end it, too, comes too late. Returns true if
 * some run on all the same, or may be waited for in vain. */
static bool stop_threads(bool is_closing)
{
    uint32_t closer = is_closing ? sg_autoclose_prepare() : 0;
    bool has_streams = exiting == sg_sys_thread() && _IO_list_lock && _IO_list_unlock;
    if (has_streams)
        _IO_list_lock();
    bool is_stopped = sg_threads_stop(closer);
    ignore_signals();
    bool has_running = !is_stopped;
    if (is_stopped && is_closing && sg_threads_each_stopped(NULL, NULL) > 0)
        has_running = !closer || !can_close();
    if (has_streams)
        _IO_list_unlock();
    return has_running;
}

/* True if an exec now would be the end of something that leaked. */
static bool leaves_something(void)
{
    struct sg_leaks leaks = sg_leaks_collect();
    sg_leaks_pass_on(&leaks);
    return is_worth_a_report(&leaks, BECOMING);
}

/* A program that may open no more files has nothing against our looking into /proc now. */
struct limit {
    uint64_t soft, hard;
};

static struct limit raise_files(void)
{
    struct limit before = {0};
    if (sg_sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &before) < 0)
        return (struct limit){0};
    struct limit raised = {before.hard, before.hard};
    sg_sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, &raised, 0);
    return before;
}

/* Reports with the other threads stopped. */
static bool report_alone(enum ending ending, const struct blocked *signals)
{
    const struct sg_options *options = sg_detector_options;
    bool is_always_told = ending != BECOMING && (options->report_clean || options->verbosity > 0);
    if (ending == BECOMING && !leaves_something())
        return false; /* no thread is stopped for nothing, as the exec may fail */
    sg_handover_prepare(ending != BECOMING);
    if (!is_always_told && !sg_leaks_exist() && !sg_arena->stacks.wrong)
        return false;
    last.pid = sg_sys_pid();
    __atomic_store_n(&last.thread, sg_sys_thread(), __ATOMIC_RELEASE);
    struct asked asked = ask();
    bool is_closing = ending == CLOSING && options->mode == SG_MODE_AUTO_CLOSE;
    struct limit files = ending == BECOMING ? (struct limit){0} : raise_files();
    /* A timer survives an exec, which comes no later for the new program than without us. */
    struct itimerval timer = {0};
    const struct itimerval none = {0};
    if (ending == BECOMING)
        sg_sys3(SYS_setitimer, ITIMER_REAL, &none, &timer);
    bool has_running = ending == BECOMING ? !sg_threads_stop(0) : stop_threads(is_closing);
    bool is_leaking = report(ending, asked, has_running);
    if (timer.it_value.tv_sec || timer.it_value.tv_usec)
        sg_sys3(SYS_setitimer, ITIMER_REAL, &timer, 0);
    if (files.hard)
        sg_sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, &files, 0);
    if (ending != BECOMING) {
        heed_signals();
        forget_signals(signals);
    }
    sg_threads_go_on_in(is_closing ? LET_GO_CLOSED_MS : LET_GO_MS);
    return is_leaking;
}

static bool is_another_thread_last(int self)
{
    int thread = __atomic_load_n(&last.thread, __ATOMIC_ACQUIRE);
    return thread && last.pid == self && thread != sg_sys_thread();
}

/* Another thread ends the process with its status, and makes the report now. After that it
 * needs microseconds, unless it waits for something that this one holds. Returns false
 * if it is not over then; true if its exec has failed. */
static bool wait_for_end(int self)
{
    struct timespec moment = {.tv_nsec = NS_PER_MS};
    struct blocked before = block_signals();
    bool is_over = false;
    for (unsigned ms = 0; ms < LET_GO_CLOSED_MS && !is_over; ms++) {
        sg_sys2(SYS_nanosleep, &moment, 0);
        is_over = !is_another_thread_last(self);
        if (__atomic_load_n(&finished_pid, __ATOMIC_ACQUIRE) != self)
            ms = 0;
    }
    unblock_signals(&before);
    return is_over;
}

/* One that comes while another thread reports: that one was first, and its status counts. One
 * that comes afterwards may be late for our sake, as the report took its time, and waits; but
 * if that thread does not come to its end then, everybody is as free as without us. */
static void give_way(int self)
{
    while (is_another_thread_last(self)) {
        bool is_late = __atomic_load_n(&finished_pid, __ATOMIC_ACQUIRE) == self;
        if (wait_for_end(self))
            continue;
        if (is_late)
            return;
        sg_sys1(SYS_exit_group, last.status);
    }
}

/* Without memory for records nothing is known; who wants to hear more is told. */
static void say_unwatched(int self)
{
    const struct sg_options *options = sg_detector_options;
    char line[96];
    struct sg_out out = sg_out_into(line, sizeof line);
    if (sg_arena_state() != SG_ARENA_REFUSED || options->verbosity == 0 || options->mode == SG_MODE_SILENCE ||
        __atomic_exchange_n(&finished_pid, self, __ATOMIC_ACQ_REL) == self)
        return;
    sg_out_text(&out, "==");
    sg_out_number(&out, (uint64_t)self);
    sg_out_text(&out, "==sessguard: no memory for records: nothing was watched\n");
    struct blocked signals = block_signals();
    int to = sg_stderr_descriptor();
    if (to >= 0)
        (void)sg_sys_write_all(to, out.buffer, out.length, WAIT_MS);
    unblock_signals(&signals);
}

/* True if this process has something to report, and has not done it yet. */
static bool has_to_report(int self)
{
    if (sg_handover_has_inherited())
        (void)sg_arena_enter();
    bool is_always_told = sg_detector_options->report_clean || sg_detector_options->verbosity > 0;
    if (!sg_arena_is_used() && !(is_always_told && sg_detector_is_on())) {
        say_unwatched(self);
        return false;
    }
    return __atomic_load_n(&finished_pid, __ATOMIC_ACQUIRE) != self;
}

/* A process that runs in another one's memory, as a vforked child does, has nothing here of
 * its own, and perhaps no thread-local storage: that is asked first. */
static bool is_told_nothing(void)
{
    return !sg_detector_options || sg_sys_is_barred() || !sg_arena_is_ours() ||
           (__sessguard_is_turned_off && __sessguard_is_turned_off());
}

static int status_for(int status)
{
    bool is_replaced = has_leaks && sg_detector_options->exitcode && (status & 0xff) == 0;
    return is_replaced ? sg_detector_options->exitcode : status;
}

/* Reports once a process. Returns the exit status to use. */
static int finish(int status, enum ending ending, const struct sg_site *site)
{
    if (is_told_nothing())
        return status;
    int self = sg_sys_pid();
    give_way(self);
    /* A second thread that ends the process waits, and is stopped; but it is not waited
     * for in a handler of the very thread that reports. */
    if (!has_to_report(self) || !sg_sys_take_turn(&turn))
        return status;
    if (is_another_thread_last(self)) { /* it had the lock until now */
        sg_sys_end_turn(&turn);
        return finish(status, ending, site); /* and gives way */
    }
    if (finished_pid != self) {
        struct blocked signals = block_signals();
        /* A handler may have interrupted malloc(), whose lock closing would need. */
        bool is_abrupt = ending == CLOSING && sg_stack_is_in_signal(site);
        last.status = status & 0xff;
        has_leaks = ending == LOOKING ? report(ending, ask(), false)
                                      : report_alone(is_abrupt ? ABRUPT : ending, &signals);
        last.status = status_for(status) & 0xff;
        __atomic_store_n(&finished_pid, self, __ATOMIC_RELEASE);
        unblock_signals(&signals);
    }
    sg_sys_end_turn(&turn);
    return status_for(status);
}

bool sg_finish_may_report(void) { return !is_told_nothing() && !sg_detector_is_vfork_child(); }

bool sg_finish_has_to_report(void)
{
    return !is_told_nothing() && sg_arena_is_used() && has_to_report(sg_sys_pid());
}

void sg_finish_before_exec(void)
{
    (void)finish(0, BECOMING, NULL);
    sg_handover_becoming();
}

void sg_finish_after_exec(void)
{
    if (!sg_arena_is_used() || !sg_arena_is_ours())
        return;
    sg_handover_take_back();
    __atomic_store_n(&last.thread, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&finished_pid, 0, __ATOMIC_RELEASE);
    sg_threads_go_on();
}

int sg_finish_abruptly(int status) { return finish(status, ABRUPT, NULL); }

/* A sanitizer that has found something, such as LeakSanitizer at the end, ends
 * the process by a system call, which nothing but this callback comes before.
 * It may hold locks, so nothing is closed; nor is it a place to report from
 * where a fault brought it there. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
static void at_sanitizer_end(void)
{
    struct sg_site site = SG_SITE();
    if (!sg_stack_is_in_signal(&site))
        (void)finish(1, ABRUPT, &site);
}

SG_EXPORT int __sessguard_do_recoverable_leak_check(void)
{
    bool is_watched = sg_detector_options && sg_detector_is_on();
    if (!is_watched)
        return 0;
    struct asked asked = ask();
    struct blocked signals = block_signals();
    bool is_leaking = report(LOOKING, asked, false);
    unblock_signals(&signals);
    return is_leaking;
}

SG_EXPORT void __sessguard_do_leak_check(void) { (void)finish(0, LOOKING, NULL); }

/* What libc is about to write out. Its reader may take its time, in which other threads and
 * signals have their say as without us: so it comes before the report. A stream of the
 * program's own (fopencookie(3)) may need the connections that are closed then; where there
 * are other threads, one may hold a stream's lock for ever. Returns the signals that it
 * raised, which come when the report is made. */
static uint64_t write_out(void)
{
    const uint64_t wanted = UINT64_C(1) << (SIGPIPE - 1) | UINT64_C(1) << (SIGXFSZ - 1);
    struct blocked before = {0};
    uint64_t pending = 0;
    int error = errno;
    struct timespec now = {0};
    sg_sys4(SYS_rt_sigprocmask, SIG_BLOCK, &wanted, &before.mask, sizeof wanted);
    sg_sys2(SYS_rt_sigpending, &before.pending, sizeof before.pending);
    if (sg_detector_options->mode == SG_MODE_AUTO_CLOSE && !sg_threads_has_others(0))
        (void)fflush(NULL);
    if (ftrylockfile(stdout) == 0) {
        (void)fflush_unlocked(stdout);
        funlockfile(stdout);
    }
    sg_sys2(SYS_rt_sigpending, &pending, sizeof pending);
    pending &= ~before.pending & wanted;
    if (pending)
        (void)sg_sys4(SYS_rt_sigtimedwait, &pending, 0, &now, sizeof pending);
    unblock_signals(&before);
    errno = error;
    return pending;
}

/* Registered before all else, so it runs after everything: handlers, static
 * destructors, libraries' destructors. Only here is it known what is left.
 * A status can be replaced by exit() alone without losing what the program
 * has buffered. */
SG_LIBC_FUNCTION(on_exit); /* not the one that a sanitizer in the program may have put before it */
static SG_THREAD_LOCAL int left_handler; /* the process in which this thread has left one behind */
static void at_exit(int status, void *unused)
{
    struct sg_site site = SG_SITE();
    (void)unused;
    if (is_told_nothing())
        return;
    /* A second thread that calls exit(), or returns from main, finds no handler but this. */
    int self = sg_sys_pid();
    if (left_handler != self)
        SG_REAL(on_exit)(at_exit, NULL);
    bool is_first = left_handler != self;
    left_handler = self;
    uint64_t raised = is_first && has_to_report(self) ? write_out() : 0;
    exiting = sg_sys_thread();
    int wanted = finish(status, CLOSING, &site);
    if (raised)
        sg_sys3(SYS_tgkill, self, sg_sys_thread(), raised >> (SIGPIPE - 1) & 1 ? SIGPIPE : SIGXFSZ);
    if (wanted != status)
        exit(wanted);
}

static int quick_status; /* what quick_exit() was called with */

static void at_quick_exit_end(void *unused)
{
    (void)unused;
    int wanted = finish(quick_status, ABRUPT, NULL);
    if (wanted != quick_status)
        sg_sys1(SYS_exit_group, wanted);
}

/* What glibc's at_quick_exit() is made of; weak, as only glibc has it, and a
 * program of another C library would not start without. */
extern int __cxa_at_quick_exit(void (*handler)(void *), void *library) __attribute__((weak));

void sg_finish_start(const char *directory)
{
    start_directory = directory;
    SG_REAL(on_exit)(at_exit, NULL);
    if (__cxa_at_quick_exit)
        (void)__cxa_at_quick_exit(at_quick_exit_end, NULL);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(at_sanitizer_end);
}

int (*sg_finish_closes_first)(int status);

/* Not where a handler may have interrupted what closing would need. */
static int finish_at_once(int status, const struct sg_site *site)
{
    if (SG_UNLIKELY(sg_finish_closes_first) && sg_finish_may_report() && sg_arena_is_used() &&
        sg_detector_options->mode == SG_MODE_AUTO_CLOSE && has_to_report(sg_sys_pid()) &&
        !sg_stack_is_in_signal(site))
        status = sg_finish_closes_first(status);
    return finish(status, CLOSING, site);
}

SG_LIBC_FUNCTION(_exit);
SG_EXPORT void _exit(int status)
{
    struct sg_site site = SG_SITE();
    SG_REAL(_exit)(finish_at_once(status, &site));
    __builtin_unreachable();
}

SG_LIBC_FUNCTION(_Exit);
SG_EXPORT void _Exit(int status)
{
    struct sg_site site = SG_SITE();
    SG_REAL(_Exit)(finish_at_once(status, &site));
    __builtin_unreachable();
}

SG_LIBC_FUNCTION(quick_exit);
SG_EXPORT void quick_exit(int status)
{
    quick_status = status;
    SG_REAL(quick_exit)(status);
    __builtin_unreachable();
}
