#include "vfork.h"
#include "hook.h"
#include "tail_jump.h"

#include <sched.h>
#include <stdarg.h>
#include <unistd.h>

SG_LIBC_FUNCTION(vfork);
SG_BEFORE before_vfork(uintptr_t caller)
{
    (void)caller;
    sg_vfork_begins();
    return (struct sg_jump){.real = sg_hook_libc(&real_vfork)};
}
SG_TAIL_JUMP(vfork, 1);

SG_LIBC_FUNCTION(__vfork);
SG_BEFORE before___vfork(uintptr_t caller)
{
    (void)caller;
    sg_vfork_begins();
    return (struct sg_jump){.real = sg_hook_libc(&real___vfork)};
}
SG_TAIL_JUMP(__vfork, 1);

/* A child that shares our descriptors too works on what is ours; but not where its
 * thread-local storage is its own, as there may be nothing of ours in it. */
static bool makes_guest(uint64_t flags)
{
    return (flags & CLONE_VM) && !(flags & CLONE_THREAD) &&
           (!(flags & CLONE_FILES) || (flags & CLONE_SETTLS));
}

void sg_vfork_by_flags(uint64_t flags)
{
    if (!makes_guest(flags))
        return;
    if ((flags & CLONE_VFORK) && !(flags & CLONE_SETTLS))
        sg_vfork_begins();
    else
        sg_guest_comes(); /* for good: its end is not seen */
}

/* The child begins in a function of the program's, so this one returns only once. The last
 * three arguments pass as they are, there or not. */
#define CLONE(function)                                                                                      \
    SG_LIBC_FUNCTION(function);                                                                              \
    SG_EXPORT int function(int (*body)(void *), void *stack, int flags, void *argument, ...)                 \
    {                                                                                                        \
        void *rest[3];                                                                                       \
        va_list arguments;                                                                                   \
        va_start(arguments, argument);                                                                       \
        for (unsigned i = 0; i < SG_COUNT(rest); i++)                                                        \
            rest[i] = va_arg(arguments, void *);                                                             \
        va_end(arguments);                                                                                   \
        bool is_guest = makes_guest((unsigned)flags);                                                        \
        if (is_guest)                                                                                        \
            sg_guest_comes();                                                                                \
        int child = SG_REAL(function)(body, stack, flags, argument, rest[0], rest[1], rest[2]);              \
        if (is_guest && (child < 0 || (flags & CLONE_VFORK)))                                                \
            sg_guest_goes();                                                                                 \
        return child;                                                                                        \
    }

int __clone(int (*body)(void *), void *stack, int flags, void *argument, ...);
CLONE(clone)
CLONE(__clone)
