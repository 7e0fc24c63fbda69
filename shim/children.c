#include "children.h"
#include "out.h"
#include "proc.h"
#include "sys.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#define CHILDREN_MAX 1024U
#define LINK_MAX_LENGTH 512

static uint32_t children[CHILDREN_MAX];
static unsigned n_children;
static uint64_t self;
static bool is_unknown; /* there may be more */
static bool is_found;

enum answer { NO, YES, HIDDEN };

/* Whether this link of the other process leads where ours does. */
static enum answer is_same_link(uint64_t pid, const char *name)
{
    char own[LINK_MAX_LENGTH];
    char others[LINK_MAX_LENGTH];
    long length = sg_proc_link(0, name, own, sizeof own);
    long there = length > 0 ? sg_proc_link(pid, name, others, sizeof others) : -ENOENT;
    if (there == -EACCES || there == -EPERM)
        return HIDDEN;
    return there == length && memcmp(own, others, (size_t)length) == 0 ? YES : NO;
}

static bool is_child(uint64_t pid)
{
    struct sg_proc_stat stat;
    return sg_proc_stat(pid, &stat) && stat.parent == self;
}

/* A child's child that was left by its parent is nobody's we know, so all that
 * run the same program are looked at. */
static void consider(void *unused, uint64_t pid)
{
    (void)unused;
    if (!pid || pid == self)
        return;
    enum answer is_same = is_same_link(pid, "exe");
    if (is_same == NO || (is_same == HIDDEN && !is_child(pid)))
        return;
    if (n_children < CHILDREN_MAX)
        children[n_children++] = (uint32_t)pid;
    else
        is_unknown = true;
}

bool sg_children_exist(void)
{
    siginfo_t info;
    return sg_sys5(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, 0) >= 0;
}

static void find(void)
{
    n_children = 0;
    self = sg_proc_self();
    is_unknown = !self && sg_children_exist();
    if (self)
        (void)sg_proc_each("/proc", consider, NULL);
}

bool sg_children_have(int fd)
{
    char name[32];
    struct sg_out out = sg_out_into(name, sizeof name);
    sg_out_text(&out, "fd/");
    sg_out_number(&out, (uint64_t)fd);
    if (!is_found)
        find();
    is_found = true;
    for (unsigned i = 0; i < n_children; i++)
        if (is_same_link(children[i], name) != NO)
            return true;
    return is_unknown;
}
