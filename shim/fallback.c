#include "fallback.h"
#include "arena.h"
#include "detector.h"
#include "outfile.h"
#include "plain.h"
#include "snapshot.h"
#include "stderr.h"
#include "strings.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define WAIT_MS 1000

/* Static: the thread that ends the process may have a small stack. */
static char path[SG_OUTFILE_NAME_MAX];
static char taken[SG_OUTFILE_NAME_MAX]; /* the name under which it was opened */
static char line[SG_OUTFILE_NAME_MAX + 128];

static bool has_any(const struct sg_leaks *leaks) { return leaks->n_handles + leaks->n_descriptors > 0; }

/* What the command makes of such a value. */
static void make_path(const char *directory, const char *value, bool adds_pid, const char *end)
{
    struct sg_out out = sg_out_into(line, sizeof line);
    const struct sg_string *name = sg_strings_get(sg_arena->argv0);
    if (!name || name->length == 0)
        name = sg_strings_get(sg_arena->exe);
    if (name)
        sg_out_bytes(&out, name->bytes, name->length);
    struct sg_outfile_about about = {directory, line, sg_arena->pid, adds_pid};
    bool is_whole = sg_outfile_name(path, value, &about);
    out = (struct sg_out){path, sizeof path, strlen(path), !is_whole};
    sg_out_text(&out, end);
    if (out.is_cut)
        path[0] = '\0'; /* no file has this name */
}

static const char *explain(long error)
{
    static const struct {
        long error;
        const char *text;
    } known[] = {
        {-EACCES, "permission denied"},
        {-EBADF, "is closed, or another file, or a client's connection"},
        {-EFBIG, "file too large"},
        {-ELOOP, "is a symbolic link"},
        {-EMFILE, "no descriptor left"},
        {-ENAMETOOLONG, "the name is too long"},
        {-ENOENT, "no such file or directory"},
        {-ENOEXEC, "without the sessguard command there is no JSON"},
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
    int to = sg_stderr_chosen(SG_TO_STDERR);
    sg_out_texts(&out, "sessguard: ", before, path, after, why, "\n", NULL);
    if (to >= 0)
        (void)sg_sys_write_all(to, line, out.length, WAIT_MS);
}

/* Also in silence: a leak that is to be in a file is not lost without a word. */
static bool is_done(long error, bool has_leaks)
{
    if (error && (has_leaks || sg_detector_options->mode != SG_MODE_SILENCE))
        say("cannot write the report to ", ": ", explain(error));
    return error == 0;
}

/* JSON cannot be had without the command: the raw snapshot goes beside the
 * file that was asked for, for `sessguard report`. */
static bool keep_snapshot(const struct sg_leaks *leaks, const char *directory)
{
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    const char *output = sg_detector_options->output;
    if (sg_outfile_descriptor(output) >= 0) {
        make_path(directory, output, false, "");
        return is_done(-ENOEXEC, has_any(leaks));
    }
    make_path(directory, output, false, ".");
    struct sg_out out = {path, sizeof path, strlen(path), !path[0]};
    sg_out_number(&out, (uint64_t)sg_arena->pid);
    sg_out_text(&out, ".snap");
    long fd = out.is_cut ? -ENAMETOOLONG : sg_sys4(SYS_openat, AT_FDCWD, path, flags, 0600);
    long error = fd < 0 ? fd : 0;
    if (fd >= 0) {
        (void)sg_sys2(SYS_fchmod, fd, 0600); /* whatever the umask is */
        error = sg_snapshot_write((int)fd);
        sg_sys1(SYS_close, fd);
    }
    return is_done(error, has_any(leaks));
}

/* All that there is to say; where nothing leaked, that. */
static bool write_text(const struct sg_leaks *leaks, const char *reason, int fd)
{
    struct sg_out out = sg_out_into(line, sizeof line);
    if (has_any(leaks))
        return sg_plain_report(leaks, fd, reason);
    sg_out_text(&out, "==");
    sg_out_number(&out, (uint64_t)sg_arena->pid);
    sg_out_text(&out, "==sessguard: no leaks\n");
    return sg_sys_write_all(fd, out.buffer, out.length, WAIT_MS) == 0;
}

/* Others append to the same file, but not for long. */
static void lock(long fd)
{
    struct timespec pause = {.tv_nsec = 1000000};
    for (int ms = 0; ms < WAIT_MS && sg_sys2(SYS_flock, fd, LOCK_EX | LOCK_NB) == -EWOULDBLOCK; ms++)
        sg_sys2(SYS_nanosleep, &pause, 0);
}

/* A report that was not taken as a whole is taken back. */
static bool append(const struct sg_leaks *leaks, const char *reason)
{
    struct stat about = {0};
    long fd = path[0] ? sg_outfile_open(path, taken) : -ENAMETOOLONG;
    if (fd < 0)
        return is_done(fd, has_any(leaks));
    lock(fd);
    (void)sg_sys2(SYS_fstat, fd, &about);
    bool is_whole = write_text(leaks, reason, (int)fd);
    if (!is_whole && S_ISREG(about.st_mode))
        (void)sg_sys2(SYS_ftruncate, fd, about.st_size);
    sg_sys1(SYS_close, fd);
    return is_done(is_whole ? 0 : -EIO, has_any(leaks));
}

static bool deliver(const struct sg_leaks *leaks, const char *reason, enum sg_destination destination)
{
    int to = sg_stderr_chosen(destination);
    const char *value =
        destination == SG_TO_LOG ? sg_detector_options->log_path : sg_detector_options->output;
    if (sg_outfile_descriptor(value) < 0)
        return append(leaks, reason);
    memcpy(taken, path, sizeof taken);
    long error = to < 0 ? -EBADF : write_text(leaks, reason, to) ? 0 : -EIO;
    return is_done(error, has_any(leaks));
}

void sg_fallback_report(const struct sg_leaks *leaks, const char *directory, const char *reason)
{
    const struct sg_options *options = sg_detector_options;
    bool has_leaks = has_any(leaks);
    bool is_text = options->format == SG_FORMAT_TEXT;
    bool is_written = true;
    if (!has_leaks && !options->report_clean)
        return;
    if (options->log_path[0] && has_leaks) {
        make_path(directory, options->log_path, true, "");
        is_written = deliver(leaks, reason, SG_TO_LOG);
    }
    if (options->output[0] && is_text) {
        make_path(directory, options->output, false, "");
        is_written = deliver(leaks, reason, SG_TO_OUTPUT) && is_written;
    } else if (options->output[0]) {
        bool is_kept = keep_snapshot(leaks, directory);
        if (is_kept && options->mode != SG_MODE_SILENCE)
            say("a snapshot for `sessguard report` is in ", "", "");
        is_written = false;
    }
    int to = sg_stderr_chosen(SG_TO_STDERR);
    if (to < 0 || options->mode == SG_MODE_SILENCE || !has_leaks)
        return;
    if (!is_written || !(options->log_path[0] || options->output[0]))
        (void)sg_plain_report(leaks, to, reason);
    else if (!options->log_path[0])
        (void)sg_plain_pointer(leaks, to, taken);
}
