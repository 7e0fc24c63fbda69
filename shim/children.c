#include "children.h"
#include "out.h"
#include "proc.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
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

static uint64_t first_children[16]; /* 0 none: those of the start */

/* Calls `each` for the children of a thread (proc_pid_task(5)). False if the list cannot be
 * read, or is too long. */
static bool each_child(const char *list, void (*each)(uint64_t pid))
{
    char text[1024];
    long file = sg_sys4(SYS_openat, AT_FDCWD, list, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0)
        return false;
    long length = sg_sys3(SYS_read, file, text, sizeof text - 1);
    (void)sg_sys1(SYS_close, file);
    if (length < 0 || length == (long)sizeof text - 1)
        return false;
    text[length] = '\0';
    for (const char *at = text; *at; at += *at == ' ') {
        const char *end;
        each(sg_proc_number(at, &end));
        if (end == at)
            return false;
        at = end;
    }
    return true;
}

static void note_first(uint64_t pid)
{
    for (size_t i = 0; i < SG_COUNT(first_children); i++)
        if (!first_children[i]) {
            first_children[i] = pid;
            return;
        }
}

void sg_children_start(void)
{
    if (!first_children[0] && sg_children_exist())
        (void)each_child("/proc/thread-self/children", note_first);
}

static bool has_own; /* atomic */

static void compare(uint64_t pid)
{
    for (size_t i = 0; i < SG_COUNT(first_children); i++)
        if (first_children[i] == pid)
            return;
    __atomic_store_n(&has_own, true, __ATOMIC_RELAXED);
}

static void compare_of_thread(void *unused, uint64_t thread)
{
    char path[64];
    struct sg_out out = sg_out_into(path, sizeof path);
    (void)unused;
    sg_out_text(&out, "/proc/self/task/");
    sg_out_number(&out, thread);
    sg_out_text(&out, "/children");
    if (!each_child(path, compare))
        __atomic_store_n(&has_own, true, __ATOMIC_RELAXED);
}

bool sg_children_are_own(void)
{
    if (!sg_children_exist())
        return false;
    __atomic_store_n(&has_own, false, __ATOMIC_RELAXED);
    return !sg_proc_each("/proc/self/task", compare_of_thread, NULL) ||
           __atomic_load_n(&has_own, __ATOMIC_RELAXED);
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
