#include "finish.h"
#include "autoclose.h"
#include "detector.h"
#include "hook.h"
#include "launch.h"
#include "loader.h"
#include "modules.h"
#include "out.h"
#include "plain.h"
#include "python.h"
#include "sessguard.h"
#include "snapshot.h"
#include "stderr.h"
#include "sys.h"

#undef NDEBUG /* with it the header does not declare __assert_fail() */
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define WAIT_MS 1000

enum ending {
    CLOSING,  /* the end, at which leaks may be closed */
    ABRUPT,   /* the end, in whatever state the program is */
    BECOMING, /* another program, by exec */
};

static const char *start_directory = "";
static int start_pid;
static int finished_pid;    /* atomic: the process that has made its report */
static struct sg_turn turn; /* of the thread that makes it */
static bool has_leaks;      /* what it found */

/* Blocks every signal, so that no handler of the program runs in the middle
 * of its report; returns what to restore. */
static uint64_t block_signals(void)
{
    uint64_t all = UINT64_MAX;
    uint64_t before = 0;
    sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    return before;
}

/* JSON cannot be had without the command: the raw snapshot goes beside the
 * file that was asked for, for `sessguard report`. */
static void keep_snapshot(void)
{
    static char path[2 * PATH_MAX]; /* static: the thread that ends the process may have a small stack */
    struct sg_out out = sg_out_into(path, sizeof path);
    const char *output = sg_detector_options->output;
    if (sg_detector_options->format != SG_FORMAT_JSON || !output[0])
        return;
    if (output[0] != '/' && start_directory[0])
        sg_out_texts(&out, start_directory, "/", NULL);
    sg_out_texts(&out, output, ".", NULL);
    sg_out_number(&out, (uint64_t)sg_arena->pid);
    sg_out_text(&out, ".snap");
    long fd =
        sg_sys4(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    (void)sg_snapshot_write((int)fd);
    sg_sys1(SYS_close, fd);
}

/* The report without the command. */
static void report_plainly(const void *leaks)
{
    keep_snapshot();
    if (sg_detector_options->mode != SG_MODE_SILENCE && sg_stderr_is_usable())
        sg_plain_report(leaks, STDERR_FILENO);
}

/* True if there is something to say. */
static bool is_worth_a_report(const struct sg_leaks *leaks, enum ending ending)
{
    const struct sg_options *options = sg_detector_options;
    bool is_always_told = ending != BECOMING && (options->report_clean || options->verbosity > 0);
    return leaks->n_handles > 0 || leaks->n_descriptors > 0 || is_always_told || sg_arena->stacks.wrong > 0;
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

static bool report(enum ending ending)
{
    static struct sg_leaks leaks; /* static: a closing thread may outlast this function */
    const struct sg_options *options = sg_detector_options;
    uint32_t flags = note_unseen();
    sg_provider_mark_families();
    leaks = sg_leaks_collect();
    if (ending == BECOMING)
        sg_leaks_pass_on(&leaks);
    if (!is_worth_a_report(&leaks, ending))
        return false;
    if (ending == CLOSING && options->mode == SG_MODE_AUTO_CLOSE) {
        sg_autoclose(&leaks);
        flags |= SG_FLAG_CLOSED;
    }
    uint64_t signals = block_signals();
    if (sg_stderr_is_usable())
        flags |= SG_FLAG_STDERR_USABLE;
    const char *own = __sessguard_default_suppressions ? __sessguard_default_suppressions() : NULL;
    sg_snapshot_prepare(flags, start_directory, own);
    int verdict = sg_launch_helper(report_plainly, &leaks);
    sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &signals, 0, sizeof signals);
    return verdict == SG_VERDICT_LEAKS ||
           (verdict == SG_VERDICT_UNWRITTEN && sg_leaks_count(&leaks, options->closed_counts));
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
    uint64_t signals = block_signals();
    if (sg_stderr_is_usable())
        (void)sg_sys_write_all(STDERR_FILENO, out.buffer, out.length, WAIT_MS);
    sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &signals, 0, sizeof signals);
}

/* True if this process has something to report, and has not done it yet. A
 * vforked child shares our memory but is another process: nothing here is its
 * own. */
static bool has_to_report(int self)
{
    bool is_always_told = sg_detector_options->report_clean || sg_detector_options->verbosity > 0;
    /* Without an arena a vforked child is not told from its parent. */
    bool is_ours = !sg_thread_vforked || self == start_pid;
    if (!sg_arena_is_used() && !(is_always_told && sg_detector_is_on())) {
        if (is_ours)
            say_unwatched(self);
        return false;
    }
    return sg_arena->pid == self && __atomic_load_n(&finished_pid, __ATOMIC_ACQUIRE) != self;
}

static bool is_told_nothing(void)
{
    return !sg_detector_options || sg_sys_is_barred() ||
           (__sessguard_is_turned_off && __sessguard_is_turned_off());
}

/* Reports once a process. Returns the exit status to use. */
static int finish(int status, enum ending ending, const struct sg_site *site)
{
    if (is_told_nothing())
        return status;
    int self = sg_sys_pid();
    /* A second thread that ends the process would cut the report off, so it
     * waits; but not in a handler of the very thread that makes it. */
    if (!has_to_report(self) || !sg_sys_take_turn(&turn))
        return status;
    if (finished_pid != self) {
        /* A handler may have interrupted malloc(), whose lock closing would need. */
        has_leaks = report(ending == CLOSING && sg_stack_is_in_signal(site) ? ABRUPT : ending);
        __atomic_store_n(&finished_pid, self, __ATOMIC_RELEASE);
    }
    sg_sys_end_turn(&turn);
    bool is_replaced = has_leaks && sg_detector_options->exitcode && (status & 0xff) == 0;
    return is_replaced ? sg_detector_options->exitcode : status;
}

bool sg_finish_has_to_report(void)
{
    return sg_arena_is_used() && !is_told_nothing() && has_to_report(sg_sys_pid());
}

void sg_finish_before_exec(void) { (void)finish(0, BECOMING, NULL); }

void sg_finish_after_exec(void)
{
    if (sg_arena_is_used() && sg_arena->pid == sg_sys_pid())
        __atomic_store_n(&finished_pid, 0, __ATOMIC_RELEASE);
}

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
    return is_watched && report(ABRUPT);
}

SG_EXPORT void __sessguard_do_leak_check(void) { (void)finish(0, ABRUPT, NULL); }

/* Registered before all else, so it runs after everything: handlers, static
 * destructors, libraries' destructors. Only here is it known what is left.
 * A status can be replaced by exit() alone without losing what the program
 * has buffered. */
static void at_exit(int status, void *unused)
{
    struct sg_site site = SG_SITE();
    int wanted = finish(status, CLOSING, &site);
    (void)unused;
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

/* Not the one that a sanitizer in the program may have put before it. */
SG_LIBC_FUNCTION(on_exit);

/* What glibc's at_quick_exit() is made of; weak, as only glibc has it, and a
 * program of another C library would not start without. */
extern int __cxa_at_quick_exit(void (*handler)(void *), void *library) __attribute__((weak));

void sg_finish_start(const char *directory)
{
    sg_stderr_start();
    start_directory = directory;
    start_pid = sg_sys_pid();
    SG_REAL(on_exit)(at_exit, NULL);
    if (__cxa_at_quick_exit)
        (void)__cxa_at_quick_exit(at_quick_exit_end, NULL);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(at_sanitizer_end);
}

SG_LIBC_FUNCTION(_exit);
SG_EXPORT void _exit(int status)
{
    struct sg_site site = SG_SITE();
    SG_REAL(_exit)(finish(status, CLOSING, &site));
    __builtin_unreachable();
}

/* Python that was interrupted from the keyboard ends itself in good order, and then by the
 * signal (exit_sigint() of CPython's Modules/main.c). */
SG_LIBC_FUNCTION(kill);
SG_EXPORT int kill(pid_t process, int number)
{
    struct sigaction action;
    if (SG_UNLIKELY(sg_python_has_ended) && number == SIGINT && process == sg_sys_pid() &&
        sigaction(SIGINT, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) &&
        action.sa_handler == SIG_DFL)
        (void)finish(1, ABRUPT, NULL);
    return SG_REAL(kill)(process, number);
}

SG_LIBC_FUNCTION(_Exit);
SG_EXPORT void _Exit(int status)
{
    struct sg_site site = SG_SITE();
    SG_REAL(_Exit)(finish(status, CLOSING, &site));
    __builtin_unreachable();
}

SG_LIBC_FUNCTION(quick_exit);
SG_EXPORT void quick_exit(int status)
{
    quick_status = status;
    SG_REAL(quick_exit)(status);
    __builtin_unreachable();
}

SG_LIBC_FUNCTION(abort);
SG_EXPORT void abort(void)
{
    (void)finish(1, ABRUPT, NULL);
    SG_REAL(abort)();
    __builtin_unreachable();
}

SG_LIBC_FUNCTION(__assert_fail);
SG_EXPORT void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function)
{
    (void)finish(1, ABRUPT, NULL);
    SG_REAL(__assert_fail)(assertion, file, line, function);
    __builtin_unreachable();
}
