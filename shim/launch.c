#include "launch.h"
#include "detector.h"
#include "hook.h"
#include "object.h"
#include "out.h"
#include "snapshot.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define STACK_BYTES (64 * 1024)
#define PATIENCE_MS 20000 /* a report of a million leaks takes a second */
#define EXEC_FAILED 127
#define FELL_BACK 1 /* the intermediate process has called fall_back() */

/* Not the one that a sanitizer in the program may have put before it. */
SG_LIBC_FUNCTION(clone);

static char beside[PATH_MAX]; /* "<directory of this library>/sessguard/sessguard" */

struct launch {
    const char *path;
    char **environment;
    char *stack; /* the upper end, for the helper's start */
    void (*fall_back)(const void *context);
    const void *context;
};

void sg_launch_start(void)
{
    struct sg_object self;
    struct sg_out out = sg_out_into(beside, sizeof beside);
    if (!sg_object_find((uintptr_t)&sg_launch_start, &self) || !self.map)
        return;
    const char *path = self.map->l_name;
    const char *slash = strrchr(path, '/');
    if (!slash)
        return;
    if (*path != '/') {
        char directory[PATH_MAX];
        if (sg_sys2(SYS_getcwd, directory, sizeof directory) < 0)
            return;
        sg_out_texts(&out, directory, "/", NULL);
    }
    sg_out_bytes(&out, path, (size_t)(slash - path));
    sg_out_text(&out, "/sessguard/sessguard");
}

/* The helper gets the environment without what would preload us, put foreign
 * libraries under it, or send it to the network for debug information. */
static bool is_passed_on(const char *variable)
{
    return strncmp(variable, "LD_", 3) != 0 && strncmp(variable, "DEBUGINFOD_", 11) != 0;
}

static char **scrub(char **from)
{
    size_t count = 0;
    while (from && from[count])
        count++;
    char **to = sg_sys_map((count + 1) * sizeof *to);
    size_t kept = 0;
    for (size_t i = 0; to && i < count; i++)
        if (is_passed_on(from[i]))
            to[kept++] = from[i];
    return to;
}

static void reset_signal(int signal)
{
    /* What the kernel takes: handler, flags, restorer, mask. */
    unsigned long action[4] = {(unsigned long)SIG_DFL};
    (void)sg_sys4(SYS_rt_sigaction, signal, action, 0, sizeof(uint64_t));
}

/* The helper starts with the default actions: a handler's address means
 * nothing to it, but an ignored signal would stay ignored. */
static void reset_signals(void)
{
    uint64_t none = 0;
    for (int signal = 1; signal < 65; signal++)
        reset_signal(signal);
    (void)sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
}

static int become_helper(void *context)
{
    const struct launch *launch = context;
    const char *const arguments[] = {"sessguard", "finish", NULL};
    reset_signals();
    (void)sg_sys3(SYS_execve, launch->path, arguments, launch->environment);
    sg_sys1(SYS_exit_group, EXEC_FAILED);
    return EXEC_FAILED;
}

static int wait_for(int child)
{
    struct timespec pause = {.tv_nsec = 1000000};
    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        int status = 0;
        long result = sg_sys4(SYS_wait4, child, &status, WNOHANG, 0);
        if (result == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : SG_VERDICT_UNWRITTEN;
        if (result < 0 && result != -EINTR)
            return SG_VERDICT_UNWRITTEN;
        sg_sys2(SYS_nanosleep, &pause, 0);
    }
    sg_sys2(SYS_kill, child, SIGKILL);
    sg_sys4(SYS_wait4, child, 0, 0, 0);
    return SG_VERDICT_UNWRITTEN;
}

/* A program that has closed its stdin leaves that number to the snapshot. */
static bool put_on_stdin(long file)
{
    return file == STDIN_FILENO ||
           (sg_sys3(SYS_dup3, file, STDIN_FILENO, 0) == STDIN_FILENO && sg_sys1(SYS_close, file) == 0);
}

/* Runs as a process of its own that still sees our memory: so it may close
 * every descriptor to have room for its own, and the helper is its child, not
 * the program's, which therefore gets no SIGCHLD. */
static int intermediate(void *context)
{
    struct launch *launch = context;
    int verdict = SG_VERDICT_UNWRITTEN;
    reset_signal(SIGCHLD); /* where it is ignored, the helper's status is lost */
    if (sg_sys3(SYS_close_range, 3, INT_MAX, 0) < 0)
        for (int fd = 3; fd < 1024; fd++)
            sg_sys1(SYS_close, fd);
    /* Programs that keep their streams from their children, as Node does, mark
     * them close-on-exec; the helper would report into nothing. */
    (void)sg_sys3(SYS_fcntl, STDERR_FILENO, F_SETFD, 0);
    long file = sg_sys2(SYS_memfd_create, "sessguard", 0U);
    if (file >= 0 && sg_snapshot_write((int)file) == 0 && sg_sys3(SYS_lseek, file, 0, SEEK_SET) == 0 &&
        put_on_stdin(file)) {
        int child = SG_REAL(clone)(become_helper, launch->stack, CLONE_VM | CLONE_VFORK | SIGCHLD, launch);
        verdict = child < 0 ? SG_VERDICT_UNWRITTEN : wait_for(child);
    }
    if (verdict != SG_VERDICT_CLEAN && verdict != SG_VERDICT_LEAKS) {
        launch->fall_back(launch->context);
        verdict = FELL_BACK;
    }
    sg_sys1(SYS_exit_group, verdict);
    return verdict;
}

/* Returns how the intermediate process has ended. */
static int run_intermediate(struct launch *launch, char *stacks)
{
    int status = SG_VERDICT_UNWRITTEN << 8; /* what holds if a wait of the program's takes the child */
    int error = errno;
    launch->stack = stacks + STACK_BYTES;
    /* Exit signal 0: the program's handlers and waits never learn of it. */
    int child =
        SG_REAL(clone)(intermediate, stacks + (size_t)2 * STACK_BYTES, CLONE_VM | CLONE_VFORK, launch);
    errno = error;
    if (child < 0)
        return SG_VERDICT_UNWRITTEN;
    while (sg_sys4(SYS_wait4, child, &status, __WCLONE, 0) == -EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : SG_VERDICT_UNWRITTEN;
}

int sg_launch_helper(void (*fall_back)(const void *context), const void *context)
{
    const char *own = sg_detector_options->helper;
    char *stacks = sg_sys_map((size_t)2 * STACK_BYTES);
    struct launch launch = {.path = own[0] ? own : beside,
                            .environment = scrub(environ),
                            .fall_back = fall_back,
                            .context = context};
    int verdict = SG_VERDICT_UNWRITTEN;
    if (stacks && launch.environment)
        verdict = run_intermediate(&launch, stacks);
    if (verdict == SG_VERDICT_CLEAN || verdict == SG_VERDICT_LEAKS)
        return verdict;
    if (verdict != FELL_BACK)
        fall_back(context);
    return SG_VERDICT_UNWRITTEN;
}
