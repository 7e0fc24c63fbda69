#include "stderr.h"
#include "detector.h"
#include "sys.h"

#include <sys/stat.h>
#include <unistd.h>

static struct sg_identity at_start;
static bool is_closed; /* atomic */

void sg_stderr_start(void)
{
    if (sg_sys_identity(STDERR_FILENO, &at_start) < 0)
        is_closed = true;
}

/* A vforked child closes its own descriptors in our memory, and so does a thread that is apart. */
static bool is_ours(void) { return !sg_detector_is_vfork_child() && !sg_tables_is_apart(); }

void sg_stderr_is_closed(void)
{
    if (is_ours())
        __atomic_store_n(&is_closed, true, __ATOMIC_RELAXED);
}

void sg_stderr_replaced(int fd)
{
    if (SG_UNLIKELY(fd == STDERR_FILENO) && is_ours())
        __atomic_store_n(&is_closed, false, __ATOMIC_RELAXED);
}

bool sg_stderr_is_usable(void)
{
    struct sg_identity now;
    if (__atomic_load_n(&is_closed, __ATOMIC_RELAXED) || sg_sys_identity(STDERR_FILENO, &now) < 0)
        return false;
    if (now.device == at_start.device && now.inode == at_start.inode)
        return true;
    return !S_ISSOCK(now.mode) && !S_ISDIR(now.mode) && !S_ISBLK(now.mode);
}
