/* The report that the library prints itself when the sessguard command cannot
 * be started: every entry, with exported names and module offsets.
 *
 * Layer:   10
 * Threads: one thread, at the end of the process.
 * Memory:  maps scratch memory.
 * Fails:   never; what cannot be written is lost.
 */
#ifndef SG_PLAIN_H
#define SG_PLAIN_H

#include "leaks.h"

/* Writes the report to `fd`. */
void sg_plain_report(const struct sg_leaks *leaks, int fd);

#endif
