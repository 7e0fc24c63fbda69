/* A process that ends itself by a signal: the handler of SIGABRT of many programs restores the
 * default and sends it once more, and Python that was interrupted from the keyboard ends in good
 * order, and then by SIGINT (exit_sigint() of CPython's Modules/main.c).
 *
 * Layer:   16
 */
#include "finish.h"
#include "hook.h"
#include "python.h"
#include "sys.h"

#include <signal.h>

/* The first process of a namespace is not killed by its own signals (pid_namespaces(7)). */
static bool is_deadly(int number)
{
    struct sg_sys_action action = {0};
    uint64_t blocked = 0;
    return (number == SIGABRT || (number == SIGINT && sg_python_has_ended)) && sg_sys_pid() != 1 &&
           sg_sys_action(number, NULL, &action) == 0 && action.handler == (uintptr_t)SIG_DFL &&
           sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, 0, &blocked, sizeof blocked) >= 0 &&
           !(blocked >> (number - 1) & 1);
}

SG_LIBC_FUNCTION(kill);
SG_EXPORT int kill(pid_t process, int number)
{
    if (SG_UNLIKELY(is_deadly(number)) && process == sg_sys_pid())
        (void)sg_finish_abruptly(1);
    return SG_REAL(kill)(process, number);
}

SG_LIBC_FUNCTION(raise);
SG_EXPORT int raise(int number)
{
    if (SG_UNLIKELY(is_deadly(number)))
        (void)sg_finish_abruptly(1);
    return SG_REAL(raise)(number);
}
