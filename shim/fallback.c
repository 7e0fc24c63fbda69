#include "fallback.h"
#include "arena.h"
#include "detector.h"
#include "out.h"
#include "plain.h"
#include "snapshot.h"
#include "stderr.h"
#include "strings.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 1000

/* The thread that ends the process may have a small stack. */
static char path[2 * PATH_MAX];
static char line[2 * PATH_MAX + 128];

static void name_program(struct sg_out *out)
{
    const struct sg_string *name = sg_strings_get(sg_arena->argv0);
    if (!name || name->length == 0)
        name = sg_strings_get(sg_arena->exe);
    if (!name)
        return;
    const char *slash = memrchr((const char *)name->bytes, '/', name->length);
    size_t start = slash ? (size_t)(slash + 1 - (const char *)name->bytes) : 0;
    sg_out_bytes(out, name->bytes + start, name->length - start);
}

/* What the command makes of such a path: %p is the pid, %n the program's name. */
static void make_path(const char *directory, const char *pattern, bool adds_pid, const char *end)
{
    struct sg_out out = sg_out_into(path, sizeof path);
    if (pattern[0] != '/' && directory[0])
        sg_out_texts(&out, directory, "/", NULL);
    for (const char *at = pattern; *at; at++) {
        if (at[0] == '%' && at[1] == 'p')
            sg_out_number(&out, (uint64_t)sg_arena->pid);
        else if (at[0] == '%' && at[1] == 'n')
            name_program(&out);
        else
            sg_out_bytes(&out, at, 1);
        if (at[0] == '%' && (at[1] == 'p' || at[1] == 'n')) {
            adds_pid = adds_pid && at[1] != 'p';
            at++;
        }
    }
    if (adds_pid) {
        sg_out_text(&out, ".");
        sg_out_number(&out, (uint64_t)sg_arena->pid);
    }
    sg_out_text(&out, end);
    if (out.is_cut)
        path[0] = '\0';
}

/* The program's umask may take from its owner what we have made. */
static long open_file(int flags)
{
    const int common = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    if (!path[0])
        return -ENAMETOOLONG;
    long fd = sg_sys4(SYS_openat, AT_FDCWD, path, common | O_EXCL | flags, 0600);
    if (fd >= 0)
        (void)sg_sys2(SYS_fchmod, fd, 0600);
    return fd == -EEXIST ? sg_sys4(SYS_openat, AT_FDCWD, path, common | flags, 0600) : fd;
}

static const char *explain(long error)
{
    static const struct {
        long error;
        const char *text;
    } known[] = {
        {-EACCES, "permission denied"},
        {-EFBIG, "file too large"},
        {-ELOOP, "is a symbolic link"},
        {-EMFILE, "no descriptor left"},
        {-ENAMETOOLONG, "the name is too long"},
        {-ENOENT, "no such file or directory"},
        {-ENOSPC, "no space left"},
        {-EPERM, "not permitted"},
        {-EROFS, "read-only file system"},
    };
    for (size_t i = 0; i < SG_COUNT(known); i++)
        if (known[i].error == error)
            return known[i].text;
    return "it cannot be written";
}

static void say(const char *before, const char *after, const char *why)
{
    struct sg_out out = sg_out_into(line, sizeof line);
    sg_out_texts(&out, "sessguard: ", before, path, after, why, "\n", NULL);
    (void)sg_sys_write_all(STDERR_FILENO, line, out.length, WAIT_MS);
}

/* JSON cannot be had without the command: the raw snapshot goes beside the
 * file that was asked for, for `sessguard report`. */
static void keep_snapshot(const char *directory, bool may_speak)
{
    make_path(directory, sg_detector_options->output, true, ".snap");
    long fd = open_file(O_TRUNC);
    long error = fd < 0 ? fd : sg_snapshot_write((int)fd);
    if (fd >= 0)
        sg_sys1(SYS_close, fd);
    if (fd >= 0 && error) /* a part is of no use to anybody */
        (void)sg_sys3(SYS_unlinkat, AT_FDCWD, path, 0);
    if (error && may_speak)
        say("cannot write the report to ", ": ", explain(error));
    else if (may_speak)
        say("a snapshot for `sessguard report` is in ", "", "");
}

/* Others append to the same file, but not for long. */
static void lock(long fd)
{
    struct timespec pause = {.tv_nsec = 1000000};
    for (int ms = 0; ms < WAIT_MS && sg_sys2(SYS_flock, fd, LOCK_EX | LOCK_NB) == -EWOULDBLOCK; ms++)
        sg_sys2(SYS_nanosleep, &pause, 0);
}

/* A report that was not taken as a whole is taken back. */
static bool append(const struct sg_leaks *leaks, const char *reason, bool may_speak)
{
    struct stat about = {0};
    long fd = open_file(O_APPEND);
    long error = fd < 0 ? fd : 0;
    if (fd >= 0) {
        lock(fd);
        (void)sg_sys2(SYS_fstat, fd, &about);
        if (!sg_plain_report(leaks, (int)fd, reason)) {
            error = -EIO;
            if (S_ISREG(about.st_mode))
                (void)sg_sys2(SYS_ftruncate, fd, about.st_size);
        }
        sg_sys1(SYS_close, fd);
    }
    if (error && may_speak)
        say("cannot write the report to ", ": ", explain(error));
    return error == 0;
}

void sg_fallback_report(const struct sg_leaks *leaks, const char *directory, const char *reason)
{
    const struct sg_options *options = sg_detector_options;
    bool may_speak = options->mode != SG_MODE_SILENCE && sg_stderr_is_usable();
    bool is_written = true;
    if (options->output[0] && options->format == SG_FORMAT_JSON) {
        keep_snapshot(directory, may_speak);
        is_written = false;
    }
    if (options->log_path[0]) {
        make_path(directory, options->log_path, true, "");
        is_written = append(leaks, reason, may_speak) && is_written;
    }
    if (options->output[0] && options->format == SG_FORMAT_TEXT) {
        make_path(directory, options->output, false, "");
        is_written = append(leaks, reason, may_speak) && is_written;
    }
    if (!may_speak)
        return;
    if (is_written && (options->log_path[0] || options->output[0])) {
        if (!options->log_path[0])
            sg_plain_pointer(leaks, STDERR_FILENO, path);
    } else {
        sg_plain_report(leaks, STDERR_FILENO, reason);
    }
}
