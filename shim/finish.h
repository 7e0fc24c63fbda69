/* The end of the process: report, close, and the exit status.
 *
 * Layer:   11
 * Threads: the first thread that ends the process does it; others pass.
 * Memory:  what its parts map.
 * Fails:   never: the program ends as it would have.
 */
#ifndef SG_FINISH_H
#define SG_FINISH_H

/* Registers for the end of main() and exit(). `directory` is where relative
 * paths start from, and must stay where it is. */
void sg_finish_start(const char *directory);

#endif
