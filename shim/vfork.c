/* vfork(2): the child runs in our memory until it execs, so what it closes
 * must not touch the records; the hook notes the thread.
 *
 * Layer:   13
 */
#include "hook.h"
#include "tail_jump.h"

#include <unistd.h>

SG_LIBC_FUNCTION(vfork);

/* The arena is prepared first: it is by the arena's process number that a
 * child is told from its parent. */
SG_BEFORE before_vfork(uintptr_t caller)
{
    (void)caller;
    (void)sg_detector_is_on();
    sg_vfork_begins();
    return (struct sg_jump){.real = sg_hook_libc(&real_vfork)};
}
SG_TAIL_JUMP(vfork, 1);
