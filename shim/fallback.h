/* The report without the command, wherever it was asked for: what one process
 * with no memory to spare, and perhaps no descriptor, can still do.
 *
 * Layer:   13
 * Threads: one thread, at the end of the process.
 * Memory:  static; see plain.h.
 * Fails:   never; what one place refuses goes to another, as far as there is one.
 */
#ifndef SG_FALLBACK_H
#define SG_FALLBACK_H

#include "leaks.h"

/* Relative paths start from `directory`; `reason` says why there is no command. */
void sg_fallback_report(const struct sg_leaks *leaks, const char *directory, const char *reason);

#endif
