/* abort(3) and assert(3): the end of the process, unless a handler of SIGABRT jumps out
 * of it, as those of test harnesses do. So that handler runs first, as it would, and the
 * report comes when it has returned.
 *
 * Layer:   16
 */
#include "finish.h"
#include "hook.h"
#include "sys.h"

#undef NDEBUG /* with it the header does not declare __assert_fail() */
#include <assert.h>
#include <signal.h>
#include <stdlib.h>

static struct sg_sys_action own; /* the program's, while ours stands in its place */
static SG_THREAD_LOCAL bool is_aborting;

typedef void handler(int number, siginfo_t *info, void *context);

/* abort() has raised the signal, in this thread; or somebody else has. */
static void on_abort(int number, siginfo_t *info, void *context)
{
    bool is_end = is_aborting;
    struct sg_sys_action program = own;
    is_aborting = false;
    if (is_end) {
        if (program.flags & SA_RESETHAND)
            own.handler = (uintptr_t)SIG_DFL;
        (void)sg_sys_action(SIGABRT, &own, NULL);
    }
    ((handler *)program.handler)(number, info, context); /* NOLINT(performance-no-int-to-ptr) */
    if (is_end)                                          /* libc ends the process now */
        (void)sg_finish_abruptly(1);
}

/* Reports at once where no handler of the program's can come in between; else later, in
 * place of that handler. */
static void begins(void)
{
    struct sg_sys_action there = {0};
    if (!sg_finish_may_report() || sg_sys_action(SIGABRT, NULL, &there) != 0 ||
        there.handler == (uintptr_t)SIG_DFL || there.handler == (uintptr_t)SIG_IGN) {
        (void)sg_finish_abruptly(1);
        return;
    }
    is_aborting = true;
    if (there.handler == (uintptr_t)on_abort)
        return;
    own = there;
    there.handler = (uintptr_t)on_abort;
    there.flags |= SA_SIGINFO;
    (void)sg_sys_action(SIGABRT, &there, NULL);
}

SG_LIBC_FUNCTION(abort);
SG_EXPORT void abort(void)
{
    begins();
    SG_REAL(abort)();
    __builtin_unreachable();
}

SG_LIBC_FUNCTION(__assert_fail);
SG_EXPORT void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function)
{
    begins();
    SG_REAL(__assert_fail)(assertion, file, line, function);
    __builtin_unreachable();
}

SG_LIBC_FUNCTION(__assert_perror_fail);
SG_EXPORT void __assert_perror_fail(int error, const char *file, unsigned line, const char *function)
{
    begins();
    SG_REAL(__assert_perror_fail)(error, file, line, function);
    __builtin_unreachable();
}

SG_LIBC_FUNCTION(__assert);
SG_EXPORT void __assert(const char *assertion, const char *file, int line)
{
    begins();
    SG_REAL(__assert)(assertion, file, line);
    __builtin_unreachable();
}
