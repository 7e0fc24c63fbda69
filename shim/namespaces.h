/* Namespaces that a program has made for its next child: what the first child
 * does to them cannot be undone, and where the first is gone none can follow.
 *
 * Layer:   2
 * Threads: any; all of this is about the calling thread.
 * Memory:  some bytes of stack.
 * Fails:   without /proc it answers as if there were such a namespace.
 */
#ifndef SG_NAMESPACES_H
#define SG_NAMESPACES_H

#include "base.h"

/* What to go back to; -1 nothing. */
struct sg_namespaces {
    int next;
};

/* Lets children start in the pid namespace of the process itself, until
 * sg_namespaces_restore(). Returns false where they would start in another one
 * and the system, or a second thread, is in the way. */
bool sg_namespaces_enter_own(struct sg_namespaces *before);
void sg_namespaces_restore(const struct sg_namespaces *before);

/* True if a child of ours could be the first process of a namespace: the init of
 * a pid namespace, which no process can be started in after its end, or the one
 * that fixes the clocks of a time namespace. */
bool sg_namespaces_are_unused(void);

#endif
