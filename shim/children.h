/* The child processes that were forked and run on: a connection that one of
 * them has as well is not ours alone, and what is said on it, or shut down,
 * would be said in the middle of the child's own talk.
 *
 * Layer:   5
 * Threads: one, that of auto-close.
 * Memory:  static.
 * Fails:   without /proc everything is shared if there is a child at all; so it is
 *          where more than 1024 processes run the same program.
 */
#ifndef SG_CHILDREN_H
#define SG_CHILDREN_H

#include "base.h"

/* True if one of them has this descriptor of ours under the same number. One that
 * has become another program does not count. They are looked for once. */
bool sg_children_have(int fd);

/* True if this process has children at all, whatever they run. */
bool sg_children_exist(void);

/* At the start: notes which children the process was started with, as by a shell that
 * starts the reader of a pipe and then becomes the program. */
void sg_children_start(void);

/* True if the process has, or may have, children that it has made itself since. */
bool sg_children_are_own(void);

#endif
