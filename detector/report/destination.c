#include "destination.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 5000
#define LOCK_STEP_MS 10

void sg_destination_ignore_signals(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGTTOU, SIG_IGN); /* a program in the background must not be stopped by its report */
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A process that was stopped while it held the lock must not hold up all the
 * others for ever; and not every file system has locks. One write with
 * O_APPEND is in one piece on a local file system also without. */
static void lock(int descriptor)
{
    int64_t end_ms = now_ms() + WAIT_MS;
    while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || now_ms() >= end_ms)
            return;
        poll(NULL, 0, LOCK_STEP_MS);
    }
}

static const char *append(int descriptor, const char *text, size_t length)
{
    struct stat status;
    ssize_t written;
    if (fstat(descriptor, &status) != 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return sg_destination_write(descriptor, text, length) ? NULL : strerror(errno);
    lock(descriptor);
    if (fstat(descriptor, &status) != 0)
        return strerror(errno);
    do
        written = write(descriptor, text, length);
    while (written < 0 && errno == EINTR);
    if (written >= 0 && (size_t)written == length)
        return NULL;
    const char *reason = written < 0 ? strerror(errno) : "only a part could be written";
    if (written > 0 && ftruncate(descriptor, status.st_size) != 0)
        return "only a part could be written, and it could not be taken back";
    return reason;
}

bool sg_destination_append(const char *path, const char *text, size_t length, char taken[SG_OUTFILE_NAME_MAX],
                           char problem[SG_DESTINATION_PROBLEM_MAX])
{
    int descriptor = (int)sg_outfile_open(path, taken);
    const char *reason = NULL;
    if (descriptor < 0) {
        reason = descriptor == -ELOOP ? "is a symbolic link, which is not followed" : strerror(-descriptor);
    } else {
        reason = append(descriptor, text, length);
        /* NFS and quotas report some errors only here. */
        if (close(descriptor) != 0 && !reason && errno != EINTR)
            reason = strerror(errno);
    }
    if (reason)
        snprintf(problem, SG_DESTINATION_PROBLEM_MAX, "sessguard: cannot write the report to %s: %s", path,
                 reason);
    return !reason;
}

/* Bytes to write next. A pipe that polls writable takes PIPE_BUF bytes without
 * blocking; whole lines, so that the lines of several processes do not mix. */
static size_t next_piece(const char *text, size_t length, bool may_block)
{
    if (!may_block || length <= PIPE_BUF)
        return length;
    const char *newline = memrchr(text, '\n', PIPE_BUF);
    return newline ? (size_t)(newline + 1 - text) : PIPE_BUF;
}

bool sg_destination_write(int descriptor, const char *text, size_t length)
{
    struct stat status;
    int64_t end_ms = now_ms() + WAIT_MS;
    if (fstat(descriptor, &status) != 0)
        return false;
    bool may_block = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
    while (length > 0) {
        if (may_block) {
            struct pollfd ready = {.fd = descriptor, .events = POLLOUT};
            int64_t left_ms = end_ms - now_ms();
            if (left_ms <= 0) {
                errno = ETIMEDOUT;
                return false;
            }
            if (poll(&ready, 1, (int)left_ms) <= 0)
                continue;
        }
        ssize_t written = write(descriptor, text, next_piece(text, length, may_block));
        if (written < 0 && errno == EAGAIN) {
            if (now_ms() >= end_ms) {
                errno = ETIMEDOUT;
                return false;
            }
            may_block = true;
            poll(NULL, 0, 1);
        } else if (written < 0 && errno != EINTR) {
            return false;
        } else if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    return true;
}

bool sg_destination_is_same(int one, int other)
{
    struct stat first;
    struct stat second;
    return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}
