/* Entries for pointers that a program looks up with dlsym(): such a pointer is
 * called from libffi or from generated code, so that the caller says nothing
 * about which library is meant. A stub notes that and jumps to the hook.
 *
 * Layer:   11
 * Threads: any.
 * Memory:  a static table.
 * Fails:   NULL when all stubs are taken.
 */
#ifndef SG_STUBS_H
#define SG_STUBS_H

#include "provider.h"

/* The entry for a function of a library: the same one every time. */
void *sg_stub_for(void *hook, uint8_t provider);

/* Set by a stub for the hook that it jumps to: the stub's number, from 1. */
extern SG_THREAD_LOCAL uint32_t sg_stub_entered;
extern uint8_t sg_stub_providers[];

/* The library that the pointer was looked up in by which this hook was called;
 * 0 for an ordinary call. To be asked once by every hook of a family. */
static inline uint8_t sg_stub_taken(void)
{
    uint32_t number = sg_stub_entered;
    if (SG_LIKELY(number == 0))
        return 0;
    sg_stub_entered = 0;
    return sg_stub_providers[number];
}

#endif
