/* The report that the library prints itself where the sessguard command does
 * not: every entry, with exported names and module offsets.
 *
 * Layer:   10
 * Threads: one thread, at the end of the process.
 * Memory:  maps scratch memory.
 * Fails:   returns false where not all of it was taken.
 */
#ifndef SG_PLAIN_H
#define SG_PLAIN_H

#include "leaks.h"

/* Writes the report to `fd`, nothing where nothing leaked. `reason` says why it
 * is not the command's. */
bool sg_plain_report(const struct sg_leaks *leaks, int fd, const char *reason);

/* Writes the line that says where the report is. */
bool sg_plain_pointer(const struct sg_leaks *leaks, int fd, const char *path);

#endif
