#include "socket.h"
#include "descriptors.h"
#include "leaks.h"
#include "severed.h"
#include "stderr.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static sg_kind_close close_socket;

SG_KIND(sock, .name = "socket", .title = "socket", .close_with = "close", .rank = SG_RANK_SOCKET,
        .flags = SG_KIND_DESCRIPTOR | SG_KIND_OWNED, .close = close_socket);
SG_FAMILY(socket, &sock);

/* ---- opening ---- */

static void opened(int fd, const struct sg_site *site, int domain, int type)
{
    if (fd < 0)
        return;
    struct sg_socket facts = {sg_scope_owner(site), (uint8_t)domain, (uint8_t)(type & 0xf)};
    sg_opened_descriptor(&sock, fd, site, facts);
}

/* A descriptor came whose sort is not known: one from elsewhere. */
static void arrived(int fd, const struct sg_site *site)
{
    struct sg_identity identity;
    if (fd < 0 || !sg_detector_is_on() || sg_sys_identity(fd, &identity) != 0 || !S_ISSOCK(identity.mode))
        return;
    opened(fd, site, 0, 0);
    struct sg_record *record = sg_known_descriptor(fd);
    if (record)
        __atomic_store_n(&record->used, (uint32_t)identity.inode, __ATOMIC_RELAXED);
}

/* What a listener accepts is of its own sort. */
static struct sg_socket sort_of(int listener)
{
    const struct sg_record *record = sg_known_descriptor(listener);
    return record ? (struct sg_socket){0, record->socket.domain, record->socket.type}
                  : (struct sg_socket){0, 0, 0};
}

/* A copy of a descriptor: of the same sort, and of the same session. */
static void copied(int from, int to, const struct sg_site *site)
{
    const struct sg_record *record = sg_known_descriptor(from);
    if (to < 0 || to == from || !record)
        return;
    struct sg_socket facts = {record->owner, record->socket.domain, record->socket.type};
    uint32_t peer = __atomic_load_n(&record->peer, __ATOMIC_RELAXED);
    uint32_t inode = __atomic_load_n(&record->used, __ATOMIC_RELAXED);
    sg_opened_descriptor(&sock, to, site, facts);
    struct sg_record *copy = sg_known_descriptor(to);
    if (!copy)
        return;
    __atomic_store_n(&copy->peer, peer, __ATOMIC_RELAXED);
    __atomic_store_n(&copy->used, inode, __ATOMIC_RELAXED);
    if (facts.owner && !sg_provider_is_code(site->caller))
        __atomic_fetch_or(&copy->socket.marks, SG_SOCKET_IS_COPY, __ATOMIC_RELAXED);
}

SG_LIBC_FUNCTION(socket);
SG_EXPORT int socket(int domain, int type, int protocol)
{
    struct sg_site site = SG_SITE();
    int fd = SG_REAL(socket)(domain, type, protocol);
    opened(fd, &site, domain, type);
    return fd;
}

SG_LIBC_FUNCTION(socketpair);
SG_EXPORT int socketpair(int domain, int type, int protocol, int fds[2])
{
    struct sg_site site = SG_SITE();
    int result = SG_REAL(socketpair)(domain, type, protocol, fds);
    if (result == 0) {
        opened(fds[0], &site, domain, type);
        opened(fds[1], &site, domain, type);
    }
    return result;
}

SG_LIBC_FUNCTION(accept);
SG_EXPORT int accept(int listener, __SOCKADDR_ARG address, socklen_t *length)
{
    struct sg_site site = SG_SITE();
    struct sg_socket sort = sort_of(listener);
    int fd = SG_REAL(accept)(listener, address, length);
    opened(fd, &site, sort.domain, sort.type);
    return fd;
}

SG_LIBC_FUNCTION(accept4);
SG_EXPORT int accept4(int listener, __SOCKADDR_ARG address, socklen_t *length, int flags)
{
    struct sg_site site = SG_SITE();
    struct sg_socket sort = sort_of(listener);
    int fd = SG_REAL(accept4)(listener, address, length, flags);
    opened(fd, &site, sort.domain, sort.type);
    return fd;
}

/* libc has some of its functions under two names. Each of our hooks goes on to libc's
 * function of its own name: a library that stands before connect() may call __connect(). */
static bool is_under_way(void) { return sg_sys_has_thread() && (errno == EINPROGRESS || errno == EINTR); }

/* What a program opened in a callback, or before, and gave to a library, is the session's once
 * its library connects it: closing the session closes it, too. */
static void connected(int fd, const struct sockaddr *address, socklen_t length, const struct sg_site *site)
{
    uint32_t owner = sg_scope_owner(site);
    struct sg_record *record = SG_UNLIKELY(owner) ? sg_known_descriptor(fd) : NULL;
    uint32_t none = 0;
    sg_connected(fd, address, length);
    if (record)
        __atomic_compare_exchange_n(&record->owner, &none, owner, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

#define CONNECT(function)                                                                                    \
    SG_LIBC_FUNCTION(function);                                                                              \
    SG_EXPORT int function(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)                           \
    {                                                                                                        \
        struct sg_site site = SG_SITE_OF_CALLER();                                                           \
        int result = SG_REAL(function)(fd, address, length);                                                 \
        if (result == 0 || is_under_way())                                                                   \
            connected(fd, address.__sockaddr__, length, &site);                                              \
        return result;                                                                                       \
    }

int __connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length);
CONNECT(connect)
CONNECT(__connect)

/* What a descriptor was that is being closed. */
struct gone {
    uint64_t life;
    uint32_t owner; /* the session whose own it was, 0 none */
};

static struct gone gone_with(int fd, uint64_t life)
{
    const struct sg_record *record = sg_descriptors_at(fd);
    bool is_library = !(record->socket.marks & (SG_SOCKET_IS_COPY | SG_SOCKET_OF_SCRIPT));
    return (struct gone){life, is_library ? record->owner : 0};
}

static struct gone closing(int fd)
{
    uint64_t life = sg_closing_descriptor(fd);
    return SG_UNLIKELY(life) ? gone_with(fd, life) : (struct gone){0, 0};
}

/* Code of a watched library, or what is called in the course of its calls, where it
 * cannot be told from what the program's callbacks call. */
static bool is_library(const struct sg_site *site, uint32_t owner)
{
    if (sg_provider_is_code(site->caller) || sg_scope_covers(site, owner))
        return true;
    /* Somebody's close() before us is the caller of all. */
    return sg_hook_has_outer_close && sg_scope_now.serial && site->cfa < sg_scope_now.cfa;
}

/* A session whose descriptor is not closed by its library must be left alone from
 * now on: the library does not know that it is gone. */
static SG_NOINLINE void note_closer(uint32_t owner, const struct sg_site *site)
{
    if (!is_library(site, owner))
        sg_severed_note(owner);
}

static inline void closed(const struct gone *gone, const struct sg_site *site)
{
    if (SG_UNLIKELY(gone->owner))
        note_closer(gone->owner, site);
}

/* The same for what cannot fail. */
static void close_known(int fd, const struct sg_site *site)
{
    struct gone gone = closing(fd);
    closed(&gone, site);
}

SG_LIBC_FUNCTION(dup);
SG_EXPORT int dup(int from)
{
    struct sg_site site = SG_SITE();
    int to = SG_REAL(dup)(from);
    copied(from, to, &site);
    return to;
}

/* dup2() and dup3() close what `to` was, but not when they fail. */
static int copy_over(int from, int to, int result, const struct gone *gone, const struct sg_site *site)
{
    if (result < 0) {
        sg_close_descriptor_failed(to, gone->life);
        return result;
    }
    closed(gone, site);
    sg_stderr_replaced(to);
    copied(from, to, site);
    return result;
}

#define DUP2(function)                                                                                       \
    SG_LIBC_FUNCTION(function);                                                                              \
    SG_EXPORT int function(int from, int to)                                                                 \
    {                                                                                                        \
        struct sg_site site = SG_SITE();                                                                     \
        if (from == to)                                                                                      \
            return SG_REAL(function)(from, to);                                                              \
        struct gone gone = closing(to);                                                                      \
        return copy_over(from, to, SG_REAL(function)(from, to), &gone, &site);                               \
    }

int __dup2(int from, int to);
DUP2(dup2)
DUP2(__dup2)

SG_LIBC_FUNCTION(dup3);
SG_EXPORT int dup3(int from, int to, int flags)
{
    struct sg_site site = SG_SITE();
    if (from == to)
        return SG_REAL(dup3)(from, to, flags);
    struct gone gone = closing(to);
    return copy_over(from, to, SG_REAL(dup3)(from, to, flags), &gone, &site);
}

/* The third argument of fcntl() is an int, a pointer or missing; all of them
 * pass through a register, as libc's own wrapper takes them. Whoever asks for number 2
 * and gets it has put something in place of stderr, as by dup2(). */
static void copied_by_fcntl(int fd, int command, int wanted, int result, const struct sg_site *site)
{
    if (command != F_DUPFD && command != F_DUPFD_CLOEXEC)
        return;
    if (result == wanted)
        sg_stderr_replaced(result);
    copied(fd, result, site);
}

#define FCNTL(function)                                                                                      \
    SG_LIBC_FUNCTION(function);                                                                              \
    SG_EXPORT int function(int fd, int command, ...)                                                         \
    {                                                                                                        \
        struct sg_site site = SG_SITE();                                                                     \
        va_list arguments;                                                                                   \
        va_start(arguments, command);                                                                        \
        void *argument = va_arg(arguments, void *);                                                          \
        va_end(arguments);                                                                                   \
        int result = SG_REAL(function)(fd, command, argument);                                               \
        copied_by_fcntl(fd, command, (int)(intptr_t)argument, result, &site);                                \
        return result;                                                                                       \
    }

int __fcntl(int fd, int command, ...);
FCNTL(fcntl)
FCNTL(fcntl64)
FCNTL(__fcntl)

/* Descriptors that another process sent: unix(7), SCM_RIGHTS. */
static void received(struct msghdr *message, const struct sg_site *site)
{
    if (!sg_detector_is_on() || !message->msg_control || message->msg_controllen < sizeof(struct cmsghdr))
        return;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        const unsigned char *fds = CMSG_DATA(part);
        size_t size = part->cmsg_len - (size_t)(fds - (unsigned char *)part);
        for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
            int fd;
            __builtin_memcpy(&fd, fds + at, sizeof fd);
            arrived(fd, site);
        }
    }
}

SG_LIBC_FUNCTION(recvmsg);
SG_EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    struct sg_site site = SG_SITE();
    ssize_t result = SG_REAL(recvmsg)(fd, message, flags);
    if (result >= 0)
        received(message, &site);
    return result;
}

SG_LIBC_FUNCTION(recvmmsg);
SG_EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *limit)
{
    struct sg_site site = SG_SITE();
    int result = SG_REAL(recvmmsg)(fd, messages, count, flags, limit);
    for (int i = 0; i < result; i++)
        received(&messages[i].msg_hdr, &site);
    return result;
}

SG_LIBC_FUNCTION(pidfd_getfd);
SG_EXPORT int pidfd_getfd(int pidfd, int other, unsigned flags)
{
    struct sg_site site = SG_SITE();
    __typeof__(&pidfd_getfd) real = SG_REAL(pidfd_getfd);
    if (!real) {
        errno = ENOSYS; /* a libc older than 2.36 */
        return -1;
    }
    int fd = real(pidfd, other, flags);
    arrived(fd, &site);
    return fd;
}

/* ---- closing ---- */

/* On Linux a descriptor is gone after close() even if that failed: close(2),
 * "Dealing with error returns". Only a filter (seccomp(2)) can have kept the
 * call from the kernel; and EBADF says that it was gone before. */
static bool is_refused(void)
{
    int error = sg_sys_has_thread() ? errno : 0;
    return error == EPERM || error == EACCES || error == ENOSYS;
}

static SG_NOINLINE int close_tracked(int fd, uint64_t life, uintptr_t caller, uintptr_t cfa, int (*real)(int))
{
    struct gone gone = gone_with(fd, life);
    sg_stderr_closed((unsigned)fd, (unsigned)fd);
    int result = real(fd);
    if (SG_UNLIKELY(result < 0) && is_refused()) {
        sg_close_descriptor_failed(fd, life);
        return result;
    }
    if (gone.owner) {
        struct sg_site site = {caller, cfa, 0};
        note_closer(gone.owner, &site);
    }
    return result;
}

#define CLOSE(function)                                                                                      \
    SG_LIBC_FUNCTION(function);                                                                              \
    SG_EXPORT int function(int fd)                                                                           \
    {                                                                                                        \
        uint64_t life = sg_closing_descriptor(fd);                                                           \
        if (life) {                                                                                          \
            struct sg_site site = SG_SITE_OF_CALLER();                                                       \
            return close_tracked(fd, life, site.caller, site.cfa, SG_REAL(function));                        \
        }                                                                                                    \
        sg_stderr_closed((unsigned)fd, (unsigned)fd);                                                        \
        return SG_REAL(function)(fd);                                                                        \
    }

int __close(int fd);
CLOSE(close)
CLOSE(__close)

/* Takes out the records of a range; nothing but EBADF-like errors, which
 * close nothing, can make the kernel refuse a whole range. */
static void forget_range(unsigned first, unsigned last, const struct sg_site *site)
{
    bool is_known = sg_arena_is_used() || sg_arena_is_inherited();
    unsigned end = is_known && !sg_detector_is_vfork_child() ? (unsigned)sg_descriptors_end() : 0;
    for (unsigned fd = first; fd < end && fd <= last; fd++)
        close_known((int)fd, site);
    sg_stderr_closed(first, last);
}

static void range_closes(unsigned first, unsigned last, unsigned flags, const struct sg_site *site)
{
    if (first <= last && !flags)
        forget_range(first, last, site);
}

/* Where a thread gets descriptors of its own, these alone were closed; whether it has is
 * known only now. */
static void range_closed(unsigned first, unsigned last, unsigned flags, bool is_done,
                         const struct sg_site *site)
{
    if (!is_done || !(flags & CLOSE_RANGE_UNSHARE))
        return;
    sg_thread_leaves_table();
    if (flags == CLOSE_RANGE_UNSHARE)
        forget_range(first, last, site);
}

SG_LIBC_FUNCTION(close_range);
SG_EXPORT int close_range(unsigned first, unsigned last, int flags)
{
    struct sg_site site = SG_SITE_OF_CALLER();
    range_closes(first, last, (unsigned)flags, &site);
    int result = SG_REAL(close_range)(first, last, flags);
    range_closed(first, last, (unsigned)flags, result == 0, &site);
    return result;
}

SG_LIBC_FUNCTION(unshare);
SG_EXPORT int unshare(int flags)
{
    int result = SG_REAL(unshare)(flags);
    if (result == 0 && (flags & CLONE_FILES))
        sg_thread_leaves_table();
    return result;
}

SG_LIBC_FUNCTION(closefrom);
SG_EXPORT void closefrom(int first)
{
    struct sg_site site = SG_SITE_OF_CALLER();
    forget_range(first < 0 ? 0U : (unsigned)first, INT_MAX, &site);
    SG_REAL(closefrom)(first);
}

/* What such a stream holds is written after all handlers have run. */
#define FDOPEN(function)                                                                                     \
    SG_LIBC_FUNCTION(function);                                                                              \
    SG_EXPORT FILE *function(int fd, const char *mode)                                                       \
    {                                                                                                        \
        FILE *file = SG_REAL(function)(fd, mode);                                                            \
        struct sg_record *record = file ? sg_known_descriptor(fd) : NULL;                                    \
        if (record)                                                                                          \
            __atomic_fetch_or(&record->socket.marks, SG_SOCKET_HAS_STREAM, __ATOMIC_RELAXED);                \
        return file;                                                                                         \
    }

FILE *_IO_fdopen(int fd, const char *mode);
FDOPEN(fdopen)
FDOPEN(_IO_fdopen)

static int descriptor_of(FILE *file)
{
    if (!file || !sg_sys_has_thread())
        return -1;
    int error = errno;
    int fd = fileno(file); /* a stream without a descriptor sets errno */
    errno = error;
    return fd;
}

#define FCLOSE(function)                                                                                     \
    SG_LIBC_FUNCTION(function);                                                                              \
    SG_EXPORT int function(FILE *file)                                                                       \
    {                                                                                                        \
        struct sg_site site = SG_SITE_OF_CALLER();                                                           \
        int fd = descriptor_of(file);                                                                        \
        close_known(fd, &site);                                                                              \
        sg_stderr_closed((unsigned)fd, (unsigned)fd);                                                        \
        return SG_REAL(function)(file);                                                                      \
    }

int _IO_fclose(FILE *file);
FCLOSE(fclose)
FCLOSE(_IO_fclose)

/* What could not be opened anew is closed, and its number free. */
static void reopen_failed(int fd)
{
    struct sg_identity identity;
    if (fd >= 0 && sg_sys_identity(fd, &identity) < 0)
        sg_stderr_closed((unsigned)fd, (unsigned)fd);
}

SG_LIBC_FUNCTION(freopen);
SG_EXPORT FILE *freopen(const char *path, const char *mode, FILE *file)
{
    struct sg_site site = SG_SITE_OF_CALLER();
    int fd = descriptor_of(file);
    close_known(fd, &site);
    FILE *result = SG_REAL(freopen)(path, mode, file);
    if (!result)
        reopen_failed(fd);
    return result;
}

SG_LIBC_FUNCTION(freopen64);
SG_EXPORT FILE *freopen64(const char *path, const char *mode, FILE *file)
{
    struct sg_site site = SG_SITE_OF_CALLER();
    int fd = descriptor_of(file);
    close_known(fd, &site);
    FILE *result = SG_REAL(freopen64)(path, mode, file);
    if (!result)
        reopen_failed(fd);
    return result;
}

/* Closes every stream. Which descriptors these had cannot be asked, so the
 * records whose descriptor is gone afterwards are taken out. */
SG_LIBC_FUNCTION(fcloseall);
SG_EXPORT int fcloseall(void)
{
    struct sg_site site = SG_SITE_OF_CALLER();
    int result = SG_REAL(fcloseall)();
    int end = sg_arena_has_records() ? sg_descriptors_end() : 0;
    for (int fd = 0; fd < end; fd++) {
        struct sg_identity identity;
        if (sg_known_descriptor(fd) && sg_sys_identity(fd, &identity) < 0)
            close_known(fd, &site);
    }
    return result;
}

/* ---- system calls that the program makes itself ---- */

long sg_socket_syscall(__typeof__(&syscall) real, long number, const long a[6], const struct sg_site *site)
{
    int fd = (int)a[0];
    int to = (int)a[1];
    unsigned flags = (unsigned)a[2];
    struct gone gone = {0};
    if (number == SYS_close)
        gone = closing(fd);
    else if (number == SYS_close_range)
        range_closes((unsigned)fd, (unsigned)to, flags, site);
    else if (number != SYS_unshare && fd != to)
        gone = closing(to);
    long result = real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (number == SYS_close_range) {
        range_closed((unsigned)fd, (unsigned)to, flags, result == 0, site);
    } else if (number == SYS_unshare) {
        if (result == 0 && (a[0] & CLONE_FILES))
            sg_thread_leaves_table();
    } else if (number != SYS_close) {
        if (fd != to)
            (void)copy_over(fd, to, (int)result, &gone, site);
    } else if (result < 0 && is_refused()) {
        sg_close_descriptor_failed(fd, gone.life);
    } else {
        closed(&gone, site);
        sg_stderr_closed((unsigned)fd, (unsigned)fd);
    }
    return result;
}

/* ---- closing what leaked ---- */

/* The standard streams, and those of fdopen(), have yet to be flushed. */
static enum sg_reason close_socket(const struct sg_closing *closing)
{
    const struct sg_record *record = sg_descriptors_at((int)closing->handle);
    if (closing->handle <= STDERR_FILENO || sg_tables_is_apart() ||
        (record->socket.marks & SG_SOCKET_HAS_STREAM))
        return SG_REASON_NO_CLOSE;
    /* What the program has opened for a library, in its callback, went with that
     * library's session; its number may be another thread's by now. */
    if (!sg_leaks_is_same((int)closing->handle, record))
        return SG_REASON_NONE;
    return sg_sys1(SYS_close, closing->handle) < 0 ? SG_REASON_REFUSED : SG_REASON_NONE;
}
