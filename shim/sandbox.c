#include "sandbox.h"
#include "hook.h"
#include "sys.h"

#include <linux/seccomp.h>
#include <stdarg.h>
#include <sys/prctl.h>

/* A vforked child enters a sandbox of its own, in our memory. */
static bool enter(void)
{
    if (!sg_sys_is_barred() && !sg_arena_is_ours())
        return false;
    sg_arena_bar();
    return true;
}

SG_LIBC_FUNCTION(prctl);
SG_EXPORT int prctl(int option, ...)
{
    unsigned long argument[4];
    va_list arguments;
    va_start(arguments, option);
    for (unsigned i = 0; i < SG_COUNT(argument); i++) /* those that were left out pass as they are */
        argument[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    bool is_entered = option == PR_SET_SECCOMP && enter();
    int result = SG_REAL(prctl)(option, argument[0], argument[1], argument[2], argument[3]);
    if (is_entered && result != 0)
        sg_arena_unbar();
    return result;
}

static bool is_sandbox(long number, long operation)
{
    if (number == SYS_prctl)
        return operation == PR_SET_SECCOMP;
    return operation == SECCOMP_SET_MODE_STRICT || operation == SECCOMP_SET_MODE_FILTER;
}

/* A filter for all threads fails with the number of one that cannot have it. */
static bool has_failed(long number, long flags, long result)
{
    unsigned long with_threads = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_NEW_LISTENER;
    bool is_thread = ((unsigned long)flags & with_threads) == SECCOMP_FILTER_FLAG_TSYNC && result > 0;
    return result < 0 || (number == SYS_seccomp && is_thread);
}

long sg_sandbox_syscall(__typeof__(&syscall) real, long number, const long a[6])
{
    bool is_entered = is_sandbox(number, a[0]) && enter();
    long result = real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (is_entered && has_failed(number, a[1], result))
        sg_arena_unbar();
    return result;
}
