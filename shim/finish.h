/* The end of the process: report, close, and the exit status.
 *
 * Layer:   10
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

/* True if descriptor 2 still is what it was at start-up, so that a report may
 * be written to it. */
bool sg_finish_stderr_is_ours(void);

#endif
