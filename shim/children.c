#include "children.h"
#include "out.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#define CHILDREN_MAX 1024U
#define LINK_MAX_LENGTH 512

static uint32_t children[CHILDREN_MAX];
static unsigned n_children;
static uint64_t self;   /* the number of this process in /proc, which may be of another namespace */
static bool is_unknown; /* there may be more */
static bool is_found;

/* "/proc/PID/NAME"; the pid 0 stands for this process, whose main thread may have
 * left: then only its other threads still have anything. */
static const char *proc_path(char *path, size_t size, uint64_t pid, const char *name)
{
    struct sg_out out = sg_out_into(path, size);
    sg_out_text(&out, "/proc/");
    if (pid)
        sg_out_number(&out, pid);
    else
        sg_out_text(&out, "thread-self");
    sg_out_texts(&out, "/", name, NULL);
    return path;
}

enum answer { NO, YES, HIDDEN };

/* Whether this link of the other process leads where ours does. Those of one that
 * has changed its user, or does not want to be dumped, are not for us to read. */
static enum answer is_same_link(uint64_t pid, const char *name)
{
    char path[64];
    char own[LINK_MAX_LENGTH];
    char others[LINK_MAX_LENGTH];
    long length = sg_sys4(SYS_readlinkat, AT_FDCWD, proc_path(path, sizeof path, 0, name), own, sizeof own);
    long there = length > 0 ? sg_sys4(SYS_readlinkat, AT_FDCWD, proc_path(path, sizeof path, pid, name),
                                      others, sizeof others)
                            : -ENOENT;
    if (there == -EACCES || there == -EPERM)
        return HIDDEN;
    return there == length && memcmp(own, others, (size_t)length) == 0 ? YES : NO;
}

/* The fourth field of proc_pid_stat(5). */
static bool is_child(uint64_t pid)
{
    char path[64];
    char stat[256];
    long file =
        sg_sys4(SYS_openat, AT_FDCWD, proc_path(path, sizeof path, pid, "stat"), O_RDONLY | O_CLOEXEC, 0);
    if (file < 0)
        return false;
    long length = sg_sys3(SYS_read, file, stat, sizeof stat - 1);
    sg_sys1(SYS_close, file);
    stat[length > 0 ? length : 0] = '\0';
    const char *at = strrchr(stat, ')'); /* the name before it may hold anything */
    if (!at || at[1] != ' ' || at[2] == '\0' || at[3] != ' ')
        return false;
    uint64_t parent = 0;
    for (at += 4; *at >= '0' && *at <= '9'; at++)
        parent = parent * 10 + (uint64_t)(*at - '0');
    return parent == self;
}

/* The number that a name in /proc is, 0 if it is none. */
static uint64_t number_of(const char *name)
{
    uint64_t pid = 0;
    for (; *name >= '0' && *name <= '9'; name++)
        pid = pid * 10 + (uint64_t)(*name - '0');
    return *name == '\0' ? pid : 0;
}

/* A child's child that was left by its parent is nobody's we know, so all that
 * run the same program are looked at. */
static void consider(const char *name)
{
    uint64_t pid = number_of(name);
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

struct directory_entry { /* linux_dirent64 of getdents(2) */
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
    char name[];
};

bool sg_children_exist(void)
{
    siginfo_t info;
    return sg_sys5(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, 0) >= 0;
}

static void find(void)
{
    _Alignas(uint64_t) char entries[4096];
    char number[24] = "";
    n_children = 0;
    (void)sg_sys4(SYS_readlinkat, AT_FDCWD, "/proc/self", number, sizeof number - 1);
    self = number_of(number);
    is_unknown = !self && sg_children_exist();
    if (!self)
        return;
    long proc = sg_sys4(SYS_openat, AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (proc < 0)
        return;
    long length;
    while ((length = sg_sys3(SYS_getdents64, proc, entries, sizeof entries)) > 0)
        for (long at = 0; at < length;) {
            const struct directory_entry *entry = (const void *)(entries + at);
            consider(entry->name);
            at += entry->size;
        }
    sg_sys1(SYS_close, proc);
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
