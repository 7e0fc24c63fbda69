/* The child processes that were forked and run on: a connection that one of
 * them has as well is not ours alone, and what is said on it, or shut down,
 * would be said in the middle of the child's own talk.
 *
 * Layer:   5
 * Threads: one, that of auto-close.
 * Memory:  static.
 * Fails:   without /proc, or of more than 64 children the rest, nobody is found.
 */
#ifndef SG_CHILDREN_H
#define SG_CHILDREN_H

#include "base.h"

/* Looks for them. One that has become another program does not count. */
void sg_children_find(void);

/* True if one of them has this descriptor of ours under the same number. */
bool sg_children_have(int fd);

#endif
