/* Whether a report may go to descriptor 2: only while that is where the
 * program's messages go, never into a socket or a file of its own that happens
 * to have got the number.
 *
 * Layer:   10
 * Threads: any.
 * Memory:  static.
 * Fails:   never.
 */
#ifndef SG_STDERR_H
#define SG_STDERR_H

#include "base.h"

/* Remembers what descriptor 2 is at start-up. */
void sg_stderr_start(void);

/* The program has closed descriptors `first` to `last`, 2 among them or not. */
void sg_stderr_is_closed(void);
static inline void sg_stderr_closed(unsigned first, unsigned last)
{
    if (SG_UNLIKELY(first <= 2 && last >= 2))
        sg_stderr_is_closed();
}

/* The program has put something in place of descriptor `fd`: if it is 2, that
 * is meant for messages, as a server does with its log. */
void sg_stderr_replaced(int fd);

/* True if a report may be written to descriptor 2. Makes a system call. */
bool sg_stderr_is_usable(void);

#endif
