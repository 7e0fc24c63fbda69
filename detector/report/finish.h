/* `sessguard finish`: the library starts it at a program's exit, with the
 * snapshot on descriptor 0. What it decides:
 *
 *   output    gets the form that `format` asks for; stderr one line
 *   log_path  gets the text, and stderr nothing
 *   neither   the text goes to stderr, if that is still the one it was
 *
 * Mode silence leaves stderr alone but for errors. What a file could not take
 * goes to stderr, behind the reason.
 *
 * Layer:   18
 * Threads: one.
 * Memory:  gives back all that it took.
 * Fails:   the exit status is the verdict; SG_VERDICT_UNWRITTEN where the
 *          snapshot is bad, or a report could not be written anywhere.
 */
#ifndef SG_REPORT_FINISH_H
#define SG_REPORT_FINISH_H

#include "../base.h"

/* Returns one of SG_VERDICT_*. */
int sg_finish_run(int snapshot_descriptor, int error_descriptor);

#endif
