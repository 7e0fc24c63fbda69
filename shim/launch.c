#include "launch.h"
#include "detector.h"
#include "helper.h"
#include "namespaces.h"
#include "objects.h"
#include "out.h"
#include "reporter.h"
#include "snapshot.h"
#include "stderr.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define STACKS_BYTES ((size_t)128 * 1024) /* a fourth of it for the helper's start */
#define RESERVE_BYTES ((size_t)16 * 1024)
#define NS_PER_MS 1000000
#define PATIENCE_NS (UINT64_C(20000) * NS_PER_MS) /* a report of a million leaks takes a second */
#define AT_WORK_NS (UINT64_C(500) * NS_PER_MS)    /* of processor time meanwhile: it does not hang */
#define PATIENCES_MAX 5                           /* for one at work on a machine that is busy */
#define EXEC_FAILED 127
#define FELL_BACK 1 /* the intermediate process has called fall_back() */

#define COMMAND "the sessguard command "
#define NOT_STARTED COMMAND "could not be started"

/* Our processes write here what they come to know, in memory that they share
 * with the program: all but under valgrind, where exit statuses alone arrive. */
struct launch {
    char *stack; /* the upper end, for the helper's start */
    sg_launch_fall_back *fall_back;
    const void *context;
    int verdict;     /* of the intermediate process */
    bool is_changed; /* the helper is not the file that it was */
    char reason[96]; /* why there is no report of the command's */
};

/* By libc's own clone(): that of a sanitizer in the program takes the process for a forked
 * one, whose bookkeeping is a copy, where it is the program's. */
static int begin(int (*body)(void *), char *stack, int flags, struct launch *launch)
{
    __typeof__(&clone) real = (__typeof__(&clone))sg_objects_of_libc("clone");
    return real ? real(body, stack, flags, launch) : -1;
}

static int become_helper(void *context)
{
    struct launch *launch = context;
    const char *const arguments[] = {"sessguard", "finish", NULL};
    long result = sg_helper_become(arguments, sg_reporter_environment(environ, false));
    if (result == -E2BIG || result == -ENOMEM)
        result = sg_helper_become(arguments, sg_reporter_environment(environ, true));
    launch->is_changed = result == -ESTALE;
    sg_sys1(SYS_exit_group, EXEC_FAILED);
    return EXEC_FAILED;
}

static void explain(struct launch *launch, const char *text, int number)
{
    struct sg_out out = sg_out_into(launch->reason, sizeof launch->reason);
    sg_out_text(&out, text);
    if (number)
        sg_out_number(&out, (uint64_t)number);
}

/* The verdict of the helper, which has ended. */
static int judge(struct launch *launch, int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (code == SG_VERDICT_CLEAN || code == SG_VERDICT_LEAKS)
        return code;
    if (WIFSIGNALED(status))
        explain(launch, COMMAND "was killed by signal ", WTERMSIG(status));
    else if (launch->is_changed)
        explain(launch, COMMAND "is not the file that it was at the start", 0);
    else if (code == EXEC_FAILED)
        explain(launch, NOT_STARTED, 0);
    else if (code == SG_VERDICT_UNWRITTEN)
        explain(launch, COMMAND "could not write the report", 0);
    else
        explain(launch, COMMAND "ended with status ", code);
    return SG_VERDICT_UNWRITTEN;
}

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now = {0};
    (void)sg_sys2(SYS_clock_gettime, clock, &now);
    return (uint64_t)now.tv_sec * 1000 * NS_PER_MS + (uint64_t)now.tv_nsec;
}

/* What clock_getcpuclockid(3) makes of a process, without its check. */
static clockid_t processor_clock(int process) { return (clockid_t)(~(unsigned)process << 3 | 2); }

/* Waits for so long as the helper may take. Returns what wait4() does. */
static long wait_patiently(int child, int *status)
{
    struct timespec pause = {.tv_nsec = NS_PER_MS};
    uint64_t worked = 0;
    for (int i = 0; i < PATIENCES_MAX; i++) {
        uint64_t end = read_clock(CLOCK_MONOTONIC) + PATIENCE_NS;
        do {
            long result = sg_sys4(SYS_wait4, child, status, WNOHANG, 0);
            if (result != 0 && result != -EINTR)
                return result;
            sg_sys2(SYS_nanosleep, &pause, 0);
        } while (read_clock(CLOCK_MONOTONIC) < end);
        uint64_t before = worked;
        worked = read_clock(processor_clock(child));
        if (worked - before < AT_WORK_NS)
            break;
    }
    return 0;
}

static int wait_for(struct launch *launch, int child)
{
    int status = 0;
    long result = wait_patiently(child, &status);
    if (result == child)
        return judge(launch, status);
    explain(launch, COMMAND "was lost", 0);
    if (result != 0)
        return SG_VERDICT_UNWRITTEN;
    sg_sys2(SYS_kill, child, SIGKILL);
    sg_sys4(SYS_wait4, child, 0, 0, 0);
    explain(launch, COMMAND "did not end within its time", 0);
    return SG_VERDICT_UNWRITTEN;
}

/* A program that has closed its stdin leaves that number to the snapshot. */
static bool put_on_stdin(long file)
{
    if (file == STDIN_FILENO)
        return sg_sys3(SYS_fcntl, file, F_SETFD, 0) == 0;
    return sg_sys3(SYS_dup3, file, STDIN_FILENO, 0) == STDIN_FILENO && sg_sys1(SYS_close, file) == 0;
}

static int start_helper(struct launch *launch)
{
    explain(launch, NOT_STARTED ": no process may be started", 0);
    return begin(become_helper, launch->stack, CLONE_VM | CLONE_VFORK | SIGCHLD, launch);
}

/* Hands the snapshot over in a file that lies in memory. Returns the helper, or -1. */
static int start_with_file(struct launch *launch)
{
    long file = sg_sys2(SYS_memfd_create, "sessguard", 0U);
    bool is_there = file >= 0 && sg_snapshot_write((int)file) == 0 &&
                    sg_sys3(SYS_lseek, file, 0, SEEK_SET) == 0 && put_on_stdin(file);
    if (!is_there && file >= 0)
        sg_sys1(SYS_close, file);
    return is_there ? start_helper(launch) : -1;
}

/* The same through a pipe, as the largest file that the program may have can be
 * smaller than the snapshot. */
static int start_with_pipe(struct launch *launch)
{
    int ends[2] = {-1, -1};
    if (sg_sys2(SYS_pipe2, ends, O_CLOEXEC) < 0 || !put_on_stdin(ends[0]))
        return -1;
    int child = start_helper(launch);
    sg_sys1(SYS_close, STDIN_FILENO); /* without a reader the next write fails at once */
    if (child > 0)
        (void)sg_snapshot_write(ends[1]);
    sg_sys1(SYS_close, ends[1]);
    return child;
}

static int run_helper(struct launch *launch)
{
    explain(launch, NOT_STARTED ": no room for the snapshot", 0);
    int child = start_with_file(launch);
    if (child < 0)
        child = start_with_pipe(launch);
    return child < 0 ? SG_VERDICT_UNWRITTEN : wait_for(launch, child);
}

/* Runs as a process of its own that still sees our memory: so it may close
 * every descriptor to have room for its own, raise limits and block signals,
 * and the helper is its child, not the program's, which therefore gets no
 * SIGCHLD. The helper starts with the same signals and limits. */
static int intermediate(void *context)
{
    struct launch *launch = context;
    sg_reporter_take_signals();
    sg_reporter_raise_limits();
    sg_stderr_arrange();
    int verdict = run_helper(launch);
    if (verdict != SG_VERDICT_CLEAN && verdict != SG_VERDICT_LEAKS) {
        launch->fall_back(launch->context, launch->reason);
        verdict = FELL_BACK;
    }
    launch->verdict = verdict;
    sg_sys1(SYS_exit_group, verdict);
    return verdict;
}

/* Returns how the intermediate process has ended. */
static int run_intermediate(struct launch *launch, char *stacks, size_t bytes)
{
    int status = 0;
    int error = errno;
    launch->stack = stacks + bytes / 4;
    /* Exit signal 0: the program's handlers and waits never learn of it. */
    int child = begin(intermediate, stacks + bytes, CLONE_VM | CLONE_VFORK, launch);
    errno = error;
    if (child < 0)
        return SG_VERDICT_UNWRITTEN;
    long result;
    while ((result = sg_sys4(SYS_wait4, child, &status, __WCLONE, 0)) == -EINTR) {
    }
    if (result == child && WIFSIGNALED(status))
        explain(launch, "the process that starts the sessguard command was killed by signal ",
                WTERMSIG(status));
    /* A wait of the program's for all its children may have taken ours. */
    return result == child && WIFEXITED(status) ? WEXITSTATUS(status) : launch->verdict;
}

/* Where the program has used up its memory, or has locked what it may. */
static int run_on_reserve(struct launch *launch)
{
    static char reserve[RESERVE_BYTES] __attribute__((aligned(16)));
    static struct sg_turn turn;
    if (!sg_sys_take_turn(&turn))
        return SG_VERDICT_UNWRITTEN;
    int verdict = run_intermediate(launch, reserve, RESERVE_BYTES);
    sg_sys_end_turn(&turn);
    return verdict;
}

/* On memory of its own, as the program's stack may be small. */
static int run(struct launch *launch)
{
    explain(launch, NOT_STARTED ": no process may be started", 0);
    char *stacks = sg_sys_map(STACKS_BYTES);
    if (!stacks)
        return run_on_reserve(launch);
    int verdict = run_intermediate(launch, stacks, STACKS_BYTES);
    sg_sys_unmap(stacks, STACKS_BYTES);
    return verdict;
}

int sg_launch_helper(sg_launch_fall_back *fall_back, const void *context, bool is_last)
{
    struct launch launch = {.fall_back = fall_back, .context = context, .verdict = SG_VERDICT_UNWRITTEN};
    struct sg_namespaces before;
    int verdict = SG_VERDICT_UNWRITTEN;
    (void)sg_namespaces_enter_own(&before); /* where it is refused the next question is about that one */
    if (is_last || !sg_namespaces_are_unused())
        verdict = run(&launch);
    else
        explain(&launch, NOT_STARTED ": it would be the first in a new namespace", 0);
    sg_namespaces_restore(&before);
    if (verdict == SG_VERDICT_CLEAN || verdict == SG_VERDICT_LEAKS)
        return verdict;
    if (verdict != FELL_BACK)
        fall_back(context, launch.reason);
    return SG_VERDICT_UNWRITTEN;
}
