#include "children.h"
#include "out.h"
#include "sys.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#define CHILDREN_MAX 64U
#define LINK_MAX_LENGTH 512

static uint64_t children[CHILDREN_MAX];
static unsigned n_children;

/* "/proc/PID/NAME"; the pid 0 stands for this process. */
static const char *proc_path(char *path, size_t size, uint64_t pid, const char *name)
{
    struct sg_out out = sg_out_into(path, size);
    sg_out_text(&out, "/proc/");
    if (pid)
        sg_out_number(&out, pid);
    else
        sg_out_text(&out, "self");
    sg_out_texts(&out, "/", name, NULL);
    return path;
}

/* True if this link of the other process leads where ours does. */
static bool is_same_link(uint64_t pid, const char *name)
{
    char path[64];
    char own[LINK_MAX_LENGTH];
    char others[LINK_MAX_LENGTH];
    long length = sg_sys4(SYS_readlinkat, AT_FDCWD, proc_path(path, sizeof path, 0, name), own, sizeof own);
    return length > 0 &&
           sg_sys4(SYS_readlinkat, AT_FDCWD, proc_path(path, sizeof path, pid, name), others,
                   sizeof others) == length &&
           memcmp(own, others, (size_t)length) == 0;
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
    return parent == (uint64_t)sg_sys_pid();
}

static void consider(const char *name)
{
    uint64_t pid = 0;
    for (; *name >= '0' && *name <= '9'; name++)
        pid = pid * 10 + (uint64_t)(*name - '0');
    if (*name == '\0' && pid && n_children < CHILDREN_MAX && is_child(pid) && is_same_link(pid, "exe"))
        children[n_children++] = pid;
}

struct directory_entry { /* linux_dirent64 of getdents(2) */
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
    char name[];
};

static bool has_children(void)
{
    siginfo_t info;
    return sg_sys5(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, 0) >= 0;
}

void sg_children_find(void)
{
    _Alignas(uint64_t) char entries[4096];
    n_children = 0;
    if (!has_children())
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
    for (unsigned i = 0; i < n_children; i++)
        if (is_same_link(children[i], name))
            return true;
    return false;
}
