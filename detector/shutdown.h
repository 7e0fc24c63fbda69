/* What only the end of a language's runtime closes: an interpreter that is torn
 * down closes what its program left open, so that nothing of it is left at the end
 * of the process. It leaked all the same.
 *
 * Layer:   8
 * Threads: the one that ends the runtime; others may go on meanwhile.
 * Memory:  none.
 * Fails:   never.
 */
#ifndef SG_SHUTDOWN_H
#define SG_SHUTDOWN_H

#include "layout.h"

/* The program's own code is done: what is open now has leaked, even if it is closed
 * by what follows. */
void sg_shutdown_begins(void);

/* What is being closed has leaked, and its record stays for the report. */
bool sg_shutdown_keeps_descriptor(int fd);
/* The same of what an open session of a script's has, before that: by the library's own
 * clean-up at exit, while the program may still close the session. */
void sg_shutdown_keep_owned(int fd);
bool sg_shutdown_keeps_handle(struct sg_handle *slot);

/* The library of this session closes it, as auto-close asked for: what the session has
 * stays for the report. And what came of it. */
void sg_shutdown_closing(const struct sg_handle *slot);
void sg_shutdown_closed(struct sg_handle *slot, enum sg_reason reason);

/* Ends the connections of such a session where they are still open, and says goodbye
 * before, if there is anything to say. */
void sg_shutdown_hang_up(const struct sg_handle *slot, const void *goodbye, size_t size);

/* For the report: what is open after all was not closed by a shutdown. */
void sg_shutdown_settle(void);

/* True if the record is only there for the report, as its runtime has closed it. */
static inline bool sg_shutdown_has(const struct sg_record *record)
{
    return record->outcome == SG_OUTCOME_SHUTDOWN || record->outcome == SG_OUTCOME_COLLECTED;
}

/* Before auto-close gives outcomes: true also of what its runtime closed for auto-close. */
static inline bool sg_shutdown_settled(const struct sg_record *record)
{
    return record->outcome != SG_OUTCOME_OPEN;
}

#endif
