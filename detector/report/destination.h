/* Where a report goes: a file that several processes append to, or a
 * descriptor that may be slow, full or without a reader.
 *
 * Layer:   6
 * Threads: one.
 * Memory:  none.
 * Fails:   with one line in `problem` that names the path and the reason.
 */
#ifndef SG_REPORT_DESTINATION_H
#define SG_REPORT_DESTINATION_H

#include "../outfile.h"

#define SG_DESTINATION_PROBLEM_MAX (SG_OUTFILE_NAME_MAX + 256)

/* Appends with one write under a lock. What could be written only in part is
 * cut off again. Which file that is outfile.h says; `taken` gets its name. A
 * pipe or a terminal is written to like a descriptor. */
bool sg_destination_append(const char *path, const char *text, size_t length, char taken[SG_OUTFILE_NAME_MAX],
                           char problem[SG_DESTINATION_PROBLEM_MAX]);

/* True if both descriptors are the same file. */
bool sg_destination_is_same(int one, int other);

/* Writes all of it to a descriptor; waits for a slow reader, in all not much
 * longer than five seconds. Returns false, with errno, where that was not possible. */
bool sg_destination_write(int descriptor, const char *text, size_t length);

/* Makes a missing reader or a full quota an error of write(), not the end of
 * the process. */
void sg_destination_ignore_signals(void);

#endif
