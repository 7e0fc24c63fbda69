/* A program that locks all its memory may lock only so much (RLIMIT_MEMLOCK). What is ours
 * is let go again, so that as much is left for it as without us.
 *
 * Layer:   13
 */
#include "hook.h"
#include "objects.h"
#include "sys.h"

#include <sys/mman.h>

SG_LIBC_FUNCTION(mlockall);
SG_EXPORT int mlockall(int flags)
{
    int result = SG_REAL(mlockall)(flags);
    if (result == 0 && !sg_sys_is_barred() && sg_arena_is_ours()) {
        (void)sg_sys2(SYS_munlock, sg_objects_self.start, sg_objects_self.end - sg_objects_self.start);
        sg_arena_unlock();
    }
    return result;
}
