#include "stderr.h"
#include "children.h"
#include "detector.h"
#include "layout.h"
#include "leaks.h"
#include "leaving.h"
#include "outfile.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The file or terminal that a stream was when the program closed it. Unlike a
 * pipe it is found again by its name, and nobody waits for its end. */
struct left {
    char path[1024]; /* "" none */
    struct statx file;
    int ending; /* the process that closed it while it was ending, 0 none */
};

struct stream {
    struct sg_identity at_start;
    bool is_wanted;  /* a report may go there */
    bool is_clients; /* at the start somebody at the other end waits for the program's answer */
    bool is_closed;  /* atomic */
    int copy;        /* atomic: of what was closed in exit(); 0 none */
    int copy_pid;    /* the process that made it */
    struct sg_identity copied;
    struct left left;
};

static struct stream streams[3];
static const char *journal_stream;

static int start_pid, start_session;

/* Where `output` and `log_path` name a descriptor. */
struct target {
    int fd; /* -1: they do not */
    struct sg_identity at_start;
};
static struct target targets[2] = {{.fd = -1}, {.fd = -1}};

static int chosen[SG_DESTINATIONS] = {-1, -1, -1};
/* Stream 1 or 2, once it is opened again, in another process; and back. */
#define RETURNING(fd) (-1 - (fd))
static int arranged_pid; /* the process in which they have the numbers that the command knows */
static const int places[SG_DESTINATIONS] = {STDERR_FILENO, SG_OUTPUT_DESCRIPTOR, SG_LOG_DESCRIPTOR};

static bool is_same(const struct sg_identity *one, const struct sg_identity *other)
{
    return one->device == other->device && one->inode == other->inode;
}

/* systemd.exec(5): JOURNAL_STREAM is "device:inode" of the log, so that a
 * program can tell it from other sockets. */
static bool is_journal(const struct sg_identity *stream)
{
    uint64_t numbers[2] = {0};
    unsigned at = 0;
    for (const char *digit = journal_stream; digit && *digit; digit++) {
        if (*digit == ':' && at == 0)
            at++;
        else if (*digit >= '0' && *digit <= '9')
            numbers[at] = numbers[at] * 10 + (uint64_t)(*digit - '0');
        else
            return false;
    }
    return at == 1 && numbers[0] == stream->device && numbers[1] == stream->inode;
}

/* Sockets that were accepted have the listener's name; a name that the kernel
 * gives by itself (unix(7), autobind) has five digits. */
static bool has_listeners_name(int fd)
{
    struct sockaddr_un name = {0};
    socklen_t length = sizeof name;
    const socklen_t start = offsetof(struct sockaddr_un, sun_path);
    if (sg_sys3(SYS_getsockname, fd, &name, &length) < 0 || length <= start)
        return false;
    return name.sun_path[0] != '\0' || length != start + 6;
}

/* A socket is a client's connection, as inetd(8) hands it over, if it comes
 * from the network, if it was accepted, or if it is the program's input too.
 * Others are logs: of systemd, of a container, of ssh. */
static bool is_clients(int fd, const struct sg_identity *stream)
{
    struct sg_identity input;
    int domain = 0;
    socklen_t length = sizeof domain;
    if (!S_ISSOCK(stream->mode) || is_journal(stream))
        return false;
    if (sg_sys5(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) < 0 || domain != AF_UNIX)
        return true;
    return has_listeners_name(fd) || (sg_sys_identity(STDIN_FILENO, &input) == 0 && is_same(&input, stream));
}

static void want(int fd)
{
    struct stream *stream = &streams[fd];
    if (stream->is_wanted)
        return;
    stream->is_wanted = true;
    if (sg_sys_identity(fd, &stream->at_start) < 0)
        stream->is_closed = true;
    else
        stream->is_clients = is_clients(fd, &stream->at_start);
    if (S_ISFIFO(stream->at_start.mode) || S_ISSOCK(stream->at_start.mode))
        sg_children_start();
}

void sg_stderr_start(const char *journal)
{
    start_pid = sg_sys_pid();
    start_session = (int)sg_sys1(SYS_getsid, 0);
    journal_stream = journal;
    want(STDERR_FILENO);
}

void sg_stderr_want(const struct sg_options *options)
{
    targets[0].fd = sg_outfile_descriptor(options->output);
    targets[1].fd = sg_outfile_descriptor(options->log_path);
    for (size_t i = 0; i < SG_COUNT(targets); i++) {
        if (targets[i].fd == STDOUT_FILENO || targets[i].fd == STDERR_FILENO)
            want(targets[i].fd);
        else if (targets[i].fd >= 0 && sg_sys_identity(targets[i].fd, &targets[i].at_start) < 0)
            targets[i].at_start = (struct sg_identity){0};
    }
}

/* The descriptor that has what the program calls `fd`, -1 if nothing has. */
static int find(int fd)
{
    const struct stream *stream = &streams[fd];
    struct sg_identity now;
    int copy = __atomic_load_n(&stream->copy, __ATOMIC_RELAXED);
    if (!stream->is_wanted)
        return -1;
    if (__atomic_load_n(&stream->is_closed, __ATOMIC_RELAXED)) {
        bool is_there = copy && stream->copy_pid == sg_sys_pid() && sg_sys_identity(copy, &now) == 0 &&
                        is_same(&now, &stream->copied);
        return is_there ? copy : -1;
    }
    if (sg_sys_identity(fd, &now) < 0)
        return -1;
    if (is_same(&now, &stream->at_start))
        return stream->is_clients ? -1 : fd;
    return !S_ISSOCK(now.mode) && !S_ISDIR(now.mode) && !S_ISBLK(now.mode) ? fd : -1;
}

int sg_stderr_descriptor(void) { return find(STDERR_FILENO); }

static bool has_something_to_say(void)
{
    const struct sg_options *options = sg_detector_options;
    return options &&
           (options->report_clean || options->verbosity > 0 || (sg_arena_is_used() && sg_leaks_exist()));
}

/* A lock that goes when the last copy of the descriptor is closed (flock(2)) is listed with it
 * (proc_pid_fdinfo(5)), on a line of its own that begins so. */
static bool is_locked(int fd)
{
    char path[] = "/proc/self/fdinfo/0";
    char text[512];
    path[sizeof path - 2] = (char)('0' + fd);
    long file = sg_sys4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    long length = file < 0 ? -1 : sg_sys3(SYS_read, file, text, sizeof text - 1);
    if (file >= 0)
        (void)sg_sys1(SYS_close, file);
    text[length > 0 ? length : 0] = '\0';
    return length <= 0 || strstr(text, "\nlock:");
}

/* Whoever reads a pipe waits for its end. A child may be the reader, which the program that
 * made it waits for in turn; what it has put in place of its stream is its own affair. Nobody
 * waits for the end of a file that is not locked, and whoever has opened it anew may write
 * over what a child does that has the old one. */
static bool may_be_kept(const struct stream *stream, int fd)
{
    struct sg_identity now;
    return find(fd) == fd && sg_sys_identity(fd, &now) == 0 && is_same(&now, &stream->at_start) &&
           has_something_to_say() && (S_ISREG(now.mode) ? !is_locked(fd) : !sg_children_are_own()) &&
           sg_leaving_is_sure();
}

/* High enough to change no number that the program gets, which ends; and in the table of
 * descriptors that every process begins with (NR_OPEN_DEFAULT of the kernel), as to make it
 * larger takes milliseconds where there are threads: the kernel waits until no one reads the
 * old one (synchronize_rcu()). Where so many are not allowed there is no copy. */
#define FIRST_TABLE 64U
#define COPY_FIRST 48
static void copy_before_end(struct stream *stream, int fd)
{
    struct rlimit limit = {0};
    if (sg_sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &limit) < 0 || limit.rlim_cur < FIRST_TABLE)
        return;
    if (!may_be_kept(stream, fd))
        return;
    long copy = sg_sys3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, COPY_FIRST);
    if (copy < 0 || sg_sys_identity((int)copy, &stream->copied) < 0)
        return;
    stream->copy_pid = sg_sys_pid();
    __atomic_store_n(&stream->copy, (int)copy, __ATOMIC_RELEASE);
}

/* A daemon and a child in the background have turned away from what they close. */
static bool has_turned_away(void)
{
    return sg_sys_pid() != start_pid || sg_sys1(SYS_getsid, 0) != start_session;
}

static bool look(int directory, const char *path, int flags, struct statx *file)
{
    return sg_sys5(SYS_statx, directory, path, flags, STATX_TYPE | STATX_INO | STATX_BTIME, file) == 0;
}

/* The number of a file that is gone is soon another's, who was born later. */
static bool is_left(const struct left *left, const struct statx *file)
{
    return file->stx_ino == left->file.stx_ino && file->stx_dev_major == left->file.stx_dev_major &&
           file->stx_dev_minor == left->file.stx_dev_minor &&
           file->stx_btime.tv_sec == left->file.stx_btime.tv_sec &&
           file->stx_btime.tv_nsec == left->file.stx_btime.tv_nsec;
}

static void note_left(struct left *left, int fd)
{
    char name[] = "/proc/self/fd/0";
    left->path[0] = '\0';
    left->ending = sg_leaving_is_sure() ? sg_sys_pid() : 0;
    if (find(fd) != fd || (!left->ending && (fd != STDERR_FILENO || has_turned_away())) ||
        !look(fd, "", AT_EMPTY_PATH, &left->file))
        return;
    name[sizeof name - 2] = (char)('0' + fd);
    long length = sg_sys4(SYS_readlinkat, AT_FDCWD, name, left->path, sizeof left->path - 1);
    left->path[length > 0 ? length : 0] = '\0';
    struct statx file = {0};
    bool is_terminal = S_ISCHR(left->file.stx_mode) &&
                       (strncmp(left->path, "/dev/pts/", 9) == 0 || strncmp(left->path, "/dev/tty", 8) == 0);
    if ((!S_ISREG(left->file.stx_mode) && !is_terminal) ||
        !look(AT_FDCWD, left->path, AT_SYMLINK_NOFOLLOW, &file) || !is_left(left, &file))
        left->path[0] = '\0';
}

/* True if a stream can be opened again. Whatever has its number by now is left alone. */
static bool can_return(int fd)
{
    const struct stream *stream = &streams[fd];
    struct statx file = {0};
    return stream->left.path[0] && __atomic_load_n(&stream->is_closed, __ATOMIC_RELAXED) &&
           (stream->left.ending == sg_sys_pid() || (!stream->left.ending && !has_turned_away())) &&
           look(AT_FDCWD, stream->left.path, AT_SYMLINK_NOFOLLOW, &file) && is_left(&stream->left, &file);
}

/* With every number taken there is room for copies only once some are closed. */
#define ROOM_FIRST (SG_LOG_DESCRIPTOR + 1)
#define ROOM_LAST (ROOM_FIRST + 7)

static long return_to(const struct left *left)
{
    const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    struct statx file = {0};
    long copy = -1, fd = sg_sys4(SYS_openat, AT_FDCWD, left->path, flags, 0);
    if (fd >= 0 && look((int)fd, "", AT_EMPTY_PATH, &file) && is_left(left, &file))
        copy = sg_sys3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, ROOM_FIRST);
    if (fd >= 0)
        (void)sg_sys1(SYS_close, fd);
    return copy;
}

static int find_target(const struct target *target)
{
    struct sg_identity now;
    if (target->fd == STDOUT_FILENO || target->fd == STDERR_FILENO) {
        int fd = find(target->fd);
        bool returns = fd < 0 && streams[target->fd].left.ending && can_return(target->fd);
        return returns ? RETURNING(target->fd) : fd;
    }
    bool is_there = target->fd >= 0 && sg_sys_identity(target->fd, &now) == 0 &&
                    is_same(&now, &target->at_start) && !is_clients(target->fd, &now);
    return is_there ? target->fd : -1;
}

/* A vforked child closes its own descriptors in our memory, and so does a thread that is apart. */
static bool is_ours(void) { return !sg_detector_is_vfork_child() && !sg_tables_is_apart(); }

SG_NOINLINE void sg_stderr_is_closed(unsigned first, unsigned last)
{
    if (sg_sys_is_barred() || !is_ours())
        return;
    for (unsigned fd = first > 1 ? first : 1; fd <= 2 && fd <= last; fd++) {
        struct stream *stream = &streams[fd];
        if (!stream->is_wanted || __atomic_load_n(&stream->is_closed, __ATOMIC_RELAXED))
            continue;
        note_left(&stream->left, (int)fd);
        if (!stream->left.path[0] || S_ISREG(stream->left.file.stx_mode))
            copy_before_end(stream, (int)fd);
        __atomic_store_n(&stream->is_closed, true, __ATOMIC_RELAXED);
    }
}

void sg_stderr_replaced(int fd)
{
    if (SG_UNLIKELY(fd == STDOUT_FILENO || fd == STDERR_FILENO) && is_ours())
        __atomic_store_n(&streams[fd].is_closed, false, __ATOMIC_RELAXED);
}

uint32_t sg_stderr_flags(void)
{
    chosen[SG_TO_STDERR] = sg_stderr_descriptor();
    if (chosen[SG_TO_STDERR] < 0 && can_return(STDERR_FILENO))
        chosen[SG_TO_STDERR] = RETURNING(STDERR_FILENO);
    chosen[SG_TO_OUTPUT] = find_target(&targets[0]);
    chosen[SG_TO_LOG] = find_target(&targets[1]);
    return (chosen[SG_TO_STDERR] != -1 ? SG_FLAG_STDERR_USABLE : 0) |
           (chosen[SG_TO_OUTPUT] != -1 ? SG_FLAG_OUTPUT_OPEN : 0) |
           (chosen[SG_TO_LOG] != -1 ? SG_FLAG_LOG_OPEN : 0);
}

int sg_stderr_chosen(enum sg_destination destination)
{
    bool is_arranged = arranged_pid == sg_sys_pid() && chosen[destination] != -1;
    /* Without the command we write ourselves, as the last thing that the process does. */
    if (!is_arranged && chosen[destination] < -1) {
        const struct left *left = &streams[RETURNING(chosen[destination])].left;
        chosen[destination] = left->ending == sg_sys_pid() ? (int)return_to(left) : -1;
    }
    return is_arranged ? places[destination] : chosen[destination] >= 0 ? chosen[destination] : -1;
}

static bool is_chosen(int fd) { return fd == chosen[0] || fd == chosen[1] || fd == chosen[2]; }

static void close_from(int first)
{
    if (sg_sys3(SYS_close_range, first, INT_MAX, 0) < 0)
        for (int fd = first; fd < 1024; fd++)
            sg_sys1(SYS_close, fd);
}

/* Programs that keep their streams from their children, as Node does, mark
 * them close-on-exec; the command would report into nothing. */
void sg_stderr_arrange(void)
{
    long copies[SG_DESTINATIONS] = {-1, -1, -1};
    arranged_pid = sg_sys_pid();
    if (chosen[0] == STDERR_FILENO && chosen[1] == -1 && chosen[2] == -1) {
        close_from(STDERR_FILENO + 1);
        (void)sg_sys3(SYS_fcntl, STDERR_FILENO, F_SETFD, 0);
        return;
    }
    for (int fd = ROOM_FIRST; fd <= ROOM_LAST; fd++)
        if (!is_chosen(fd))
            sg_sys1(SYS_close, fd);
    for (size_t i = 0; i < SG_COUNT(places); i++)
        if (chosen[i] >= 0)
            copies[i] = sg_sys3(SYS_fcntl, chosen[i], F_DUPFD, ROOM_FIRST);
        else if (chosen[i] < -1)
            copies[i] = return_to(&streams[RETURNING(chosen[i])].left);
    for (size_t i = 0; i < SG_COUNT(places); i++)
        if (copies[i] >= 0)
            (void)sg_sys3(SYS_dup3, copies[i], places[i], 0);
        else if (places[i] != STDERR_FILENO)
            (void)sg_sys1(SYS_close, places[i]);
    close_from(ROOM_FIRST);
}
