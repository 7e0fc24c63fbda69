/* exec*(3): the program becomes another one, which is its end. It reports
 * before, as afterwards nothing of it is left; but only if the exec can be
 * expected to succeed, since a shell or execvp() tries many files that are not
 * there. Nothing is closed: should the exec fail after all, the program goes on.
 *
 * Layer:   16
 */
#include "finish.h"
#include "hook.h"
#include "sys.h"
#include "threads.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* execve(2) wants a regular file that may be executed; one that is neither a
 * program nor a script is still found out too late. */
static bool is_runnable(int directory, const char *path, int flags)
{
    struct stat about = {0};
    /* Older kernels have no faccessat2(2); then the mode has to do. */
    return sg_sys4(SYS_newfstatat, directory, path, &about, flags) == 0 && S_ISREG(about.st_mode) &&
           (about.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) &&
           sg_sys4(SYS_faccessat2, directory, path, X_OK, flags | AT_EACCESS) != -EACCES;
}

static const char *search_path(void)
{
    for (char **entry = environ; entry && *entry; entry++)
        if (strncmp(*entry, "PATH=", 5) == 0)
            return *entry + 5;
    return "/bin:/usr/bin"; /* confstr(_CS_PATH), which execvp() falls back on */
}

static bool is_found(const char *file)
{
    char path[PATH_MAX];
    size_t name = strlen(file);
    if (strchr(file, '/'))
        return is_runnable(AT_FDCWD, file, 0);
    for (const char *at = search_path(); name; at++) {
        size_t length = strcspn(at, ":");
        if (length + name + 2 <= sizeof path) {
            memcpy(path, at, length);
            path[length] = '/';
            memcpy(path + length + (length > 0), file,
                   name + 1); /* an empty entry is the working directory */
            if (is_runnable(AT_FDCWD, path, 0))
                return true;
        }
        at += length;
        if (!*at)
            break;
    }
    return false;
}

struct attempt {
    bool has_reported, is_ours;
};

/* Reports if the program is about to become another. */
static struct attempt begin(bool is_expected)
{
    struct attempt attempt = {is_expected, sg_finish_may_report()};
    if (attempt.is_ours)
        sg_threads_exec_begins(); /* first: this thread may be about to stop the others itself */
    if (is_expected)
        sg_finish_before_exec();
    return attempt;
}

static int undo(struct attempt attempt, int result)
{
    if (attempt.has_reported)
        sg_finish_after_exec();
    if (attempt.is_ours)
        sg_threads_exec_failed();
    return result;
}

SG_LIBC_FUNCTION(execve);
SG_EXPORT int execve(const char *path, char *const arguments[], char *const variables[])
{
    struct attempt attempt = begin(sg_finish_has_to_report() && is_runnable(AT_FDCWD, path, 0));
    return undo(attempt, SG_REAL(execve)(path, arguments, variables));
}

SG_LIBC_FUNCTION(execveat);
SG_EXPORT int execveat(int directory, const char *path, char *const arguments[], char *const variables[],
                       int flags)
{
    struct attempt attempt =
        begin(sg_finish_has_to_report() &&
              is_runnable(directory, path, flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)));
    __typeof__(&execveat) real = SG_REAL(execveat);
    if (!real) {
        errno = ENOSYS; /* a libc older than 2.34 */
        return undo(attempt, -1);
    }
    return undo(attempt, real(directory, path, arguments, variables, flags));
}

SG_LIBC_FUNCTION(fexecve);
SG_EXPORT int fexecve(int fd, char *const arguments[], char *const variables[])
{
    struct attempt attempt = begin(sg_finish_has_to_report() && is_runnable(fd, "", AT_EMPTY_PATH));
    return undo(attempt, SG_REAL(fexecve)(fd, arguments, variables));
}

SG_LIBC_FUNCTION(execv);
SG_EXPORT int execv(const char *path, char *const arguments[])
{
    struct attempt attempt = begin(sg_finish_has_to_report() && is_runnable(AT_FDCWD, path, 0));
    return undo(attempt, SG_REAL(execv)(path, arguments));
}

SG_LIBC_FUNCTION(execvp);
SG_EXPORT int execvp(const char *file, char *const arguments[])
{
    struct attempt attempt = begin(sg_finish_has_to_report() && is_found(file));
    return undo(attempt, SG_REAL(execvp)(file, arguments));
}

SG_LIBC_FUNCTION(execvpe);
SG_EXPORT int execvpe(const char *file, char *const arguments[], char *const variables[])
{
    struct attempt attempt = begin(sg_finish_has_to_report() && is_found(file));
    return undo(attempt, SG_REAL(execvpe)(file, arguments, variables));
}

/* The rest take a list of arguments, which cannot be passed on as it is. They
 * are listed for those who look them up. */
static size_t count_list(va_list list)
{
    size_t count = 1;
    while (va_arg(list, char *))
        count++;
    return count;
}

#define COLLECT(first)                                                                                       \
    va_list list;                                                                                            \
    va_start(list, first);                                                                                   \
    size_t count = count_list(list);                                                                         \
    va_end(list);                                                                                            \
    char *arguments[count + 1];                                                                              \
    arguments[0] = (char *)(uintptr_t)(first); /* NOLINT(performance-no-int-to-ptr) */                       \
    va_start(list, first);                                                                                   \
    for (size_t i = 1; i <= count; i++)                                                                      \
    arguments[i] = va_arg(list, char *)

SG_LIBC_FUNCTION(execl);
SG_EXPORT int execl(const char *path, const char *first, ...)
{
    COLLECT(first);
    va_end(list);
    return execve(path, arguments, environ);
}

SG_LIBC_FUNCTION(execlp);
SG_EXPORT int execlp(const char *file, const char *first, ...)
{
    COLLECT(first);
    va_end(list);
    return execvpe(file, arguments, environ);
}

SG_LIBC_FUNCTION(execle);
SG_EXPORT int execle(const char *path, const char *first, ...)
{
    COLLECT(first);
    char *const *variables = va_arg(list, char *const *);
    va_end(list);
    return execve(path, arguments, variables);
}
