/* Starts the sessguard command to write the report, from a process that is
 * ending and may have no descriptor, no memory and its own idea of SIGCHLD.
 *
 * Layer:   13
 * Threads: one thread, at the end of the process, with all signals blocked.
 * Memory:  maps a stack for the intermediate process.
 * Fails:   returns SG_VERDICT_UNWRITTEN.
 */
#ifndef SG_LAUNCH_H
#define SG_LAUNCH_H

/* Finds out where this library lies, which a later chdir() could hide. */
void sg_launch_start(void);

/* Hands the snapshot to the command and waits for it. Returns SG_VERDICT_*.
 * The process keeps its descriptors, its children and its signals. Where the
 * report could not be written `fall_back` has been called, if possible on a
 * stack of our own: that of the program may be small. */
int sg_launch_helper(void (*fall_back)(const void *context), const void *context);

#endif
