/* The program's own streams, as far as a report may go to them: descriptor 2
 * only while that is where the program's messages go, and what `output` and
 * `log_path` name by number (/dev/stdout). Never a client's connection, and
 * never a socket or a file of the program's own that happens to have got the
 * number.
 *
 * A program that closes its stderr in an exit handler, as GNU programs do to
 * notice a full disk, is ending: just before that a copy is made of a pipe that
 * was there at the start, if there is something to report and the program has
 * no child that may be the reader; it lives until the process ends. At any
 * other time a closed pipe is gone: a daemon must not keep its caller waiting.
 * A file or a terminal is opened again, by its name.
 *
 * Layer:   10
 * Threads: any; what is about the report, the one that makes it.
 * Memory:  static.
 * Fails:   never.
 */
#ifndef SG_STDERR_H
#define SG_STDERR_H

#include "options.h"

/* Remembers what descriptor 2 is at start-up. `journal` is the value of
 * JOURNAL_STREAM, by which systemd names the log that it has made of it; NULL
 * without one. */
void sg_stderr_start(const char *journal);

/* The same of the descriptors that the options name. */
void sg_stderr_want(const struct sg_options *options);

/* The program is about to close descriptors `first` to `last`, 1 or 2 among
 * them or not. */
void sg_stderr_is_closed(unsigned first, unsigned last);
static inline void sg_stderr_closed(unsigned first, unsigned last)
{
    if (SG_UNLIKELY(first <= 2 && last >= 1))
        sg_stderr_is_closed(first, last);
}

/* The program has put something in place of descriptor `fd`: if it is 1 or 2,
 * that is meant for messages, as a server does with its log. */
void sg_stderr_replaced(int fd);

/* The descriptor that messages may be written to, -1 if there is none. */
int sg_stderr_descriptor(void);

/* Where the parts of a report may go: to stderr, and to the descriptors that
 * `output` and `log_path` name. */
enum sg_destination { SG_TO_STDERR, SG_TO_OUTPUT, SG_TO_LOG, SG_DESTINATIONS };

/* Decides about all of them, for the report that is about to be made, and says
 * it as SG_FLAG_*. */
uint32_t sg_stderr_flags(void);

/* What was decided: a descriptor, or -1. */
int sg_stderr_chosen(enum sg_destination destination);

/* For a process with descriptors of its own, which the command is to run in:
 * leaves nothing from 3 on but what the flags say, and 0 to 2. */
void sg_stderr_arrange(void);

#endif
