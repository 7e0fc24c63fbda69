#include "outfile.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define PRIVATE 0600
#define OTHERS 077 /* the bits of everybody but the owner */
/* Without O_NONBLOCK, opening a pipe would wait for its reader. */
#define APPENDING (O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* Reads a decimal number up to the end of the text; -1 for anything else. */
static int number_of(const char *text)
{
    int number = 0;
    if (!*text)
        return -1;
    for (; *text >= '0' && *text <= '9' && number < INT_MAX / 10 - 1; text++)
        number = number * 10 + (*text - '0');
    return *text ? -1 : number;
}

int sg_outfile_descriptor(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"};
    static const char *const names[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    for (int i = 0; i < (int)SG_COUNT(names); i++)
        if (strcmp(path, names[i]) == 0)
            return i;
    for (size_t i = 0; i < SG_COUNT(folders); i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0)
            return number_of(path + strlen(folders[i]));
    return -1;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool sg_outfile_name(char name[SG_OUTFILE_NAME_MAX], const char *value, const struct sg_outfile_about *about)
{
    struct sg_out out = sg_out_into(name, SG_OUTFILE_NAME_MAX);
    bool adds_pid = about->adds_pid && sg_outfile_descriptor(value) < 0;
    if (value[0] != '/' && about->directory && about->directory[0])
        sg_out_texts(&out, about->directory, "/", NULL);
    for (const char *at = value; *at; at++) {
        if (*at == '%' && at[1] == 'p') {
            sg_out_number(&out, (uint64_t)about->pid);
            adds_pid = false;
            at++;
        } else if (*at == '%' && at[1] == 'n') {
            sg_out_text(&out, last_part(about->program));
            at++;
        } else {
            sg_out_bytes(&out, at, 1);
        }
    }
    if (adds_pid) {
        sg_out_text(&out, ".");
        sg_out_number(&out, (uint64_t)about->pid);
    }
    return !out.is_cut;
}

/* A descriptor of another process, such as /proc/1/fd/1, where a container's
 * log begins. The kernel shows it as a link, but nobody can have laid it. */
static bool is_of_process(const char *path)
{
    if (strncmp(path, "/proc/", 6) != 0)
        return false;
    const char *at = path + 6 + strspn(path + 6, "0123456789");
    return at > path + 6 && strncmp(at, "/fd/", 4) == 0 && number_of(at + 4) >= 0;
}

static unsigned user(void) { return (unsigned)sg_sys0(SYS_geteuid); }

/* The folder that the file lies in. */
static bool folder_of(const char *path, struct stat *folder)
{
    char name[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (length >= sizeof name)
        return false;
    memcpy(name, path, length);
    name[length] = '\0';
    const char *named = length ? name : slash ? "/" : ".";
    return sg_sys4(SYS_newfstatat, AT_FDCWD, named, folder, 0) == 0;
}

/* What another user keeps for himself is left to him, although root may write
 * there: he would read it. In a folder that everybody may write to, what
 * belongs to neither us nor the folder's owner may have been laid there to be
 * written to, as a link to a file of ours may; the kernel thinks the same
 * where fs.protected_regular and fs.protected_hardlinks are set. */
static bool is_anothers(const char *path, const struct stat *file)
{
    struct stat folder = {0};
    if (!S_ISREG(file->st_mode) && !S_ISFIFO(file->st_mode))
        return false;
    if (file->st_uid != user() && !(file->st_mode & OTHERS))
        return true;
    if (!folder_of(path, &folder) || !(folder.st_mode & S_IWOTH))
        return false;
    return (file->st_uid != user() && file->st_uid != folder.st_uid) || file->st_nlink > 1;
}

/* A new file is made as a step of its own: with O_CREAT the kernel can refuse
 * a file that is there (fs.protected_regular). Another process may make it, or
 * remove it, at the same moment. */
static long open_or_make(const char *path)
{
    long fd = -ENOENT;
    for (int tries = 0; tries < 10; tries++) {
        fd = sg_sys4(SYS_openat, AT_FDCWD, path, APPENDING | O_NOFOLLOW, 0);
        if (fd != -ENOENT)
            return fd;
        fd = sg_sys4(SYS_openat, AT_FDCWD, path, APPENDING | O_NOFOLLOW | O_CREAT | O_EXCL, PRIVATE);
        if (fd >= 0)
            (void)sg_sys2(SYS_fchmod, fd, PRIVATE); /* whatever the umask is */
        if (fd != -EEXIST)
            return fd;
    }
    return fd;
}

/* True for errors that another name can help against. */
static bool is_refusal(long error) { return error == -EACCES || error == -EPERM; }

static long open_if(const char *path, bool (*is_bad)(const char *path, const struct stat *file))
{
    struct stat file = {0};
    long fd = open_or_make(path);
    if (fd < 0)
        return fd;
    long error = sg_sys2(SYS_fstat, fd, &file);
    if (error >= 0 && !is_bad(path, &file))
        return fd;
    (void)sg_sys1(SYS_close, fd);
    return error < 0 ? error : -EACCES;
}

/* Under our own number nothing is taken but what is ours and nobody else's. */
static bool is_not_ours(const char *path, const struct stat *file)
{
    (void)path;
    return !S_ISREG(file->st_mode) || file->st_uid != user() || file->st_nlink > 1 ||
           (file->st_mode & OTHERS);
}

static bool name_of(char name[SG_OUTFILE_NAME_MAX], const char *path, unsigned number)
{
    struct sg_out out = sg_out_into(name, SG_OUTFILE_NAME_MAX);
    sg_out_texts(&out, path, ".", NULL);
    sg_out_number(&out, number);
    return !out.is_cut;
}

long sg_outfile_open(const char *path, char taken[SG_OUTFILE_NAME_MAX])
{
    struct sg_out out = sg_out_into(taken, SG_OUTFILE_NAME_MAX);
    sg_out_text(&out, path);
    if (out.is_cut)
        return -ENAMETOOLONG;
    if (is_of_process(path))
        return sg_sys4(SYS_openat, AT_FDCWD, path, APPENDING, 0);
    long fd = open_if(path, is_anothers);
    if (!is_refusal(fd) || !name_of(taken, path, user()))
        return fd;
    long own = open_if(taken, is_not_ours);
    if (own >= 0)
        return own;
    taken[out.length] = '\0';
    return fd;
}

/* True if only root may put something into the folder. */
static bool is_roots(const struct stat *folder) { return folder->st_uid == 0 && !(folder->st_mode & 022); }

/* With a group's bit the user may be a member. */
static bool may_pass(const struct stat *folder, unsigned other)
{
    return (folder->st_mode & (S_IXOTH | S_IXGRP)) ||
           (folder->st_uid == other && (folder->st_mode & S_IXUSR));
}

/* Goes from the folder `from` into `name`, which only root can have made a link. Closes
 * `from`. */
static long step(long from, const char *name, struct stat *folder, unsigned other)
{
    const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    long fd = sg_sys4(SYS_openat, from, name, is_roots(folder) ? flags : flags | O_NOFOLLOW, 0);
    if (from >= 0)
        (void)sg_sys1(SYS_close, from);
    if (fd >= 0 && (sg_sys2(SYS_fstat, fd, folder) < 0 || !may_pass(folder, other))) {
        (void)sg_sys1(SYS_close, fd);
        return -EACCES;
    }
    return fd;
}

/* Opens the folder of the file, and leaves the last part of the path in `file`. Another
 * user may own a folder on the way, and must not lead us to where only root may write. */
static long open_folder(char *path, char **file, unsigned other)
{
    struct stat folder = {0};
    char *at = path, *slash;
    long fd = step(AT_FDCWD, *path == '/' ? "/" : ".", &folder, other);
    for (; fd >= 0 && (slash = strchr(at, '/')); at = slash + 1) {
        *slash = '\0';
        if (slash > at)
            fd = step(fd, at, &folder, other);
    }
    *file = at;
    if (fd >= 0 && !is_roots(&folder)) {
        (void)sg_sys1(SYS_close, fd);
        return -EACCES;
    }
    return fd;
}

void sg_outfile_prepare(char path[SG_OUTFILE_NAME_MAX], unsigned other)
{
    struct sg_out out = {.buffer = path, .size = SG_OUTFILE_NAME_MAX, .length = strlen(path)};
    char *name;
    sg_out_text(&out, ".");
    sg_out_number(&out, other);
    long folder = out.is_cut ? -ENAMETOOLONG : open_folder(path, &name, other);
    if (folder < 0)
        return;
    long fd = sg_sys4(SYS_openat, folder, name, APPENDING | O_NOFOLLOW | O_CREAT | O_EXCL, PRIVATE);
    if (fd >= 0) {
        (void)sg_sys2(SYS_fchmod, fd, PRIVATE);
        if (sg_sys3(SYS_fchown, fd, other, -1) < 0)
            (void)sg_sys3(SYS_unlinkat, folder, name, 0);
        (void)sg_sys1(SYS_close, fd);
    }
    (void)sg_sys1(SYS_close, folder);
}
