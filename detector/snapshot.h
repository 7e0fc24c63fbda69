/* Writes the arena as a snapshot: the same layout, without what is not in use.
 *
 * Layer:   10
 * Threads: one thread; others may still open and close, which the reader sees
 *          or does not see, record by record.
 * Memory:  a few KB of stack.
 * Fails:   returns -errno of the write that failed.
 */
#ifndef SG_SNAPSHOT_H
#define SG_SNAPSHOT_H

#include "base.h"

/* Fills in the header's facts about the process and the end: SG_FLAG_*, the
 * directory at start-up ("" if nobody needs it), and the program's own
 * suppressions (NULL none). */
void sg_snapshot_prepare(uint32_t flags, const char *directory, const char *suppressions);

/* Writes the snapshot to a descriptor. */
int sg_snapshot_write(int fd);

#endif
