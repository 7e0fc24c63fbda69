/* Sessions whose descriptor was closed by another than their library: what
 * that one would say in closing goes to whoever has the number now.
 *
 * Layer:   1
 * Threads: any, also signal handlers; lock-free.
 * Memory:  static, SG_SEVERED numbers.
 * Fails:   without room for one more, every session counts as severed.
 */
#ifndef SG_SEVERED_H
#define SG_SEVERED_H

#include "base.h"

#define SG_SEVERED 256U

/* Remembers the session of this serial. */
void sg_severed_note(uint32_t serial);

/* The session is closed: what it was severed from is nothing to it any more. */
void sg_severed_take(uint32_t serial);
extern uint32_t sg_severed_count; /* atomic: how many there are at most */
static inline void sg_severed_forget(uint32_t serial)
{
    if (SG_UNLIKELY(__atomic_load_n(&sg_severed_count, __ATOMIC_RELAXED) != 0))
        sg_severed_take(serial);
}

/* True if it is to be left alone. */
bool sg_severed_has(uint32_t serial);

/* One of SG_SEVERED entries, 0 if it is free. */
uint32_t sg_severed_at(unsigned i);

#endif
