/* Whether the process is certain to end: a thread that is inside exit(3), in a
 * handler or a destructor, cannot come back from it.
 *
 * Layer:   8
 * Threads: any; no locks.
 * Memory:  4 KB of stack.
 * Fails:   says false where the stack cannot be followed.
 */
#ifndef SG_LEAVING_H
#define SG_LEAVING_H

#include "base.h"

/* True if the calling thread is inside exit() or quick_exit(), into which the
 * return from main() leads, too. Walks the stack: some microseconds. */
bool sg_leaving_is_sure(void);

#endif
