/* The end of the process: report, close, and the exit status.
 *
 * Layer:   15
 * Threads: the first thread that ends the process does it; others pass.
 * Memory:  what its parts map.
 * Fails:   never: the program ends as it would have.
 */
#ifndef SG_FINISH_H
#define SG_FINISH_H

#include <stdbool.h>

/* Registers for the end of main() and exit(). `directory` is where relative
 * paths start from, and must stay where it is. */
void sg_finish_start(const char *directory);

/* True if this process would make a report if it ended now. */
bool sg_finish_has_to_report(void);

/* True if this process may have something to report later. */
bool sg_finish_may_report(void);

/* This program ends by becoming another. Afterwards: it did not come to that,
 * and a report is due once more. */
void sg_finish_before_exec(void);
void sg_finish_after_exec(void);

/* What closes the sessions of a language before the process ends by _exit(2) with this
 * status, and auto-close closes the rest; returns the status to use. NULL where there is none. */
extern int (*sg_finish_closes_first)(int status);

/* The process ends now, in whatever state it is: reports. Returns the exit status to use. */
int sg_finish_abruptly(int status);

#endif
