/* The file that a report is appended to: its name, and how it is opened. Used
 * by the command, and by the library where the command cannot be started.
 *
 * All processes of a run share one name, whoever they become: a process that
 * may not write to the file, which belongs to another user, takes the same
 * name with its own user number behind it.
 *
 * Layer:   2
 * Threads: any.
 * Memory:  PATH_MAX of stack, but for sg_outfile_prepare().
 * Fails:   with -errno.
 */
#ifndef SG_OUTFILE_H
#define SG_OUTFILE_H

#include "out.h"

#define SG_OUTFILE_NAME_MAX 5376 /* a directory and a value of an option, with room for numbers */

/* The number N of a path that stands for a descriptor of the process itself:
 * /dev/stdin, /dev/stdout, /dev/stderr, /dev/fd/N and /proc/self/fd/N. -1 for
 * any other path. */
int sg_outfile_descriptor(const char *path);

/* The name that a value of `output` or `log_path` stands for: taken from
 * `directory` where it is relative (NULL or "" for where the process is), with
 * %p and %n replaced by the process number and the program's name, which is
 * the last part of `program`. With `adds_pid` the number comes at the end,
 * unless it is in the name already. What names a descriptor stays as it is.
 * False if it is too long. */
struct sg_outfile_about {
    const char *directory;
    const char *program;
    int pid;
    bool adds_pid;
};
bool sg_outfile_name(char name[SG_OUTFILE_NAME_MAX], const char *value, const struct sg_outfile_about *about);

/* Opens the file for appending, and makes it where it is missing: for its
 * owner alone, and through no symbolic link. `taken` gets the name that was
 * opened, or else `path`. */
long sg_outfile_open(const char *path, char taken[SG_OUTFILE_NAME_MAX]);

/* Makes the file of another user, empty, where that user could not make it but
 * can reach it: for root, in a folder of root's, in a process that is about to
 * become that user. It may have little stack; the buffer is written over. */
void sg_outfile_prepare(char path[SG_OUTFILE_NAME_MAX], unsigned user);

#endif
