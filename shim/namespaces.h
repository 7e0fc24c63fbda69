/* Namespaces that a program has made for its next child: what the first child
 * does to them cannot be undone.
 *
 * Layer:   2
 * Threads: any; the answer is for the calling thread.
 * Memory:  some bytes of stack.
 * Fails:   without /proc it answers as if there were such a namespace.
 */
#ifndef SG_NAMESPACES_H
#define SG_NAMESPACES_H

#include "base.h"

/* True if a child of ours could be the first process of a namespace: the init of
 * a pid namespace, which no process can be started in after its end, or the one
 * that fixes the clocks of a time namespace. */
bool sg_namespaces_are_unused(void);

#endif
