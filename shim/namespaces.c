#include "namespaces.h"
#include "sys.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define THREAD "/proc/thread-self/ns/"

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

/* The link to a pid namespace that has had no process yet is there, but leads
 * nowhere. One with other processes in it loses nothing by ours. */
static bool is_pid_unused(void)
{
    char text[64];
    return exists(THREAD "pid_for_children") && !read_link(THREAD "pid_for_children", text);
}

static bool is_time_unused(void)
{
    char own[64];
    char next[64];
    return read_link(THREAD "time", own) && read_link(THREAD "time_for_children", next) &&
           memcmp(own, next, sizeof own) != 0;
}

bool sg_namespaces_are_unused(void) { return !exists(THREAD "pid") || is_pid_unused() || is_time_unused(); }
