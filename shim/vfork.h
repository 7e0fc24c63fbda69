/* Processes that run in our memory: of vfork(2), until they exec, and of
 * clone(2) with CLONE_VM. What they open and close is theirs, so it must not
 * touch the records. The hooks note the thread, where the child has its
 * thread-local storage too, or that there is a guest.
 *
 * Layer:   13
 * Threads: any.
 * Memory:  none of its own.
 * Fails:   never.
 */
#ifndef SG_VFORK_H
#define SG_VFORK_H

#include <stdint.h>

/* A child is about to be made with these flags of clone(2), by a system call that
 * nobody will see return. */
void sg_vfork_by_flags(uint64_t flags);

#endif
