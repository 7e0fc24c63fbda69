#include "namespaces.h"
#include "sys.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define THREAD "/proc/thread-self/ns/"
/* Of Linux 6.11 and later: unlike the link in /proc it also opens a namespace
 * that no process has entered yet. */
#define GET_PID_FOR_CHILDREN _IO(0xFF, 6)

static bool exists(const char *link)
{
    struct stat about = {0};
    return sg_sys4(SYS_newfstatat, AT_FDCWD, link, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The link is cut, if at all, behind what tells namespaces apart. */
static bool read_link(const char *link, char text[64])
{
    memset(text, 0, 64);
    return sg_sys4(SYS_readlinkat, AT_FDCWD, link, text, 63) > 0;
}

static bool is_same(const char *link, const char *other)
{
    char text[64];
    char other_text[64];
    return read_link(link, text) && read_link(other, other_text) &&
           memcmp(text, other_text, sizeof text) == 0;
}

/* The link to a pid namespace that has had no process yet is there, but leads
 * nowhere. One with other processes in it loses nothing by ours. */
static bool is_pid_unused(void)
{
    char text[64];
    return exists(THREAD "pid_for_children") && !read_link(THREAD "pid_for_children", text);
}

static bool is_time_unused(void)
{
    return exists(THREAD "time_for_children") && !is_same(THREAD "time", THREAD "time_for_children");
}

bool sg_namespaces_are_unused(void) { return !exists(THREAD "pid") || is_pid_unused() || is_time_unused(); }

/* Others could see the descriptors that it takes for a moment. */
static bool is_alone(void)
{
    struct stat about = {0};
    return sg_sys4(SYS_newfstatat, AT_FDCWD, "/proc/self/task", &about, 0) == 0 && about.st_nlink == 3;
}

/* Goes there only where the way back is known to be open. */
static bool swap(long own, long next)
{
    return own >= 0 && next >= 0 && sg_sys2(SYS_setns, next, CLONE_NEWPID) == 0 &&
           sg_sys2(SYS_setns, own, CLONE_NEWPID) == 0;
}

bool sg_namespaces_enter_own(struct sg_namespaces *before)
{
    before->next = -1;
    if (is_same(THREAD "pid", THREAD "pid_for_children"))
        return true;
    if (!exists(THREAD "pid_for_children") || !is_alone())
        return false;
    long process = sg_sys2(SYS_pidfd_open, sg_sys_pid(), 0);
    long next = process < 0 ? process : sg_sys3(SYS_ioctl, process, GET_PID_FOR_CHILDREN, 0);
    long own = sg_sys3(SYS_openat, AT_FDCWD, THREAD "pid", O_RDONLY | O_CLOEXEC);
    bool is_there = swap(own, next);
    if (process >= 0)
        sg_sys1(SYS_close, process);
    if (own >= 0)
        sg_sys1(SYS_close, own);
    if (next >= 0 && !is_there)
        sg_sys1(SYS_close, next);
    before->next = is_there ? (int)next : -1;
    return is_there;
}

void sg_namespaces_restore(const struct sg_namespaces *before)
{
    if (before->next < 0)
        return;
    (void)sg_sys2(SYS_setns, before->next, CLONE_NEWPID);
    sg_sys1(SYS_close, before->next);
}
