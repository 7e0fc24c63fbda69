/* Starts the sessguard command to write the report, from a process that is
 * ending and may have no descriptor, no memory and its own idea of SIGCHLD.
 *
 * Layer:   13
 * Threads: one thread, at the end of the process, with all signals blocked.
 * Memory:  maps a stack for the intermediate process; where there is no memory
 *          left a small static one does.
 * Fails:   returns SG_VERDICT_UNWRITTEN.
 */
#ifndef SG_LAUNCH_H
#define SG_LAUNCH_H

#include "base.h"

/* Reports without the command; `reason` says, for people, why. */
typedef void sg_launch_fall_back(const void *context, const char *reason);

/* Hands the snapshot to the command and waits for it. Returns SG_VERDICT_*.
 * The process keeps its descriptors, its children, its signals and its limits.
 * Where the program may still start processes afterwards, so not `is_last`, none
 * of ours takes the first place in a namespace of its. Where the report could not
 * be written `fall_back` has been called, if possible on a stack of our own:
 * that of the program may be small. */
int sg_launch_helper(sg_launch_fall_back *fall_back, const void *context, bool is_last);

#endif
