#include "helper.h"
#include "object.h"
#include "out.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>

/* A number of an inode is used again once its file is gone; size and time of
 * change tell such a file, and one that was written over, from the first. */
struct file {
    uint64_t device, inode;
    int64_t size, seconds, nanoseconds;
};

static char path[PATH_MAX]; /* empty: there is no helper */
static struct file helper;
static struct file root; /* device and inode alone */

static bool look(int directory, const char *name, int flags, struct file *file)
{
    struct stat about = {0};
    if (sg_sys4(SYS_newfstatat, directory, name, &about, flags) < 0)
        return false;
    *file =
        (struct file){about.st_dev, about.st_ino, about.st_size, about.st_mtim.tv_sec, about.st_mtim.tv_nsec};
    return true;
}

static bool is_same_file(const struct file *one, const struct file *other)
{
    return one->device == other->device && one->inode == other->inode && one->size == other->size &&
           one->seconds == other->seconds && one->nanoseconds == other->nanoseconds;
}

/* The root's libraries and loader are what the helper would run on. */
static bool is_same_root(void)
{
    struct file now;
    return look(AT_FDCWD, "/", 0, &now) && now.device == root.device && now.inode == root.inode;
}

/* Appends `directory`/`name`. In a folder whose path is too long for the system
 * the relative path does until the program leaves it. */
static void make_path(const char *name, size_t length, const char *rest)
{
    char here[PATH_MAX];
    struct sg_out out = sg_out_into(path, sizeof path);
    here[0] = '\0';
    if (*name != '/' && sg_sys2(SYS_getcwd, here, sizeof here) > 0 && here[0] == '/')
        sg_out_texts(&out, here, "/", NULL);
    sg_out_bytes(&out, name, length);
    sg_out_text(&out, rest);
    if (out.is_cut)
        path[0] = '\0';
}

void sg_helper_start(const char *own)
{
    struct sg_object self;
    if (own[0]) {
        make_path(own, strlen(own), "");
    } else if (sg_object_find((uintptr_t)&sg_helper_start, &self) && self.map) {
        const char *name = self.map->l_name;
        const char *slash = strrchr(name, '/');
        if (slash)
            make_path(name, (size_t)(slash - name), "/sessguard/sessguard");
    }
    if (path[0] && !(look(AT_FDCWD, path, 0, &helper) && look(AT_FDCWD, "/", 0, &root)))
        path[0] = '\0';
}

static bool is_helper(int fd)
{
    struct file now;
    return look(fd, "", AT_EMPTY_PATH, &now) && is_same_file(&now, &helper);
}

bool sg_helper_is_same(void)
{
    struct file now;
    return path[0] && is_same_root() && look(AT_FDCWD, path, 0, &now) && is_same_file(&now, &helper);
}

/* What was compared is what is run: nothing can come in between, as the file is
 * run through the descriptor, which closes by itself. A script has to be opened
 * by its name, by the interpreter that its first line says. */
static long run(int fd, const char *const *arguments, char **environment)
{
    long result = sg_sys5(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH);
    if (result == -ENOENT || result == -ENOSYS)
        result = sg_sys3(SYS_execve, path, arguments, environment);
    return result;
}

long sg_helper_become(const char *const *arguments, char **environment)
{
    if (!path[0])
        return -ENOENT;
    if (!is_same_root())
        return -ESTALE;
    long fd = sg_sys3(SYS_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return fd;
    long result = is_helper((int)fd) ? run((int)fd, arguments, environment) : -ESTALE;
    sg_sys1(SYS_close, fd);
    return result;
}
