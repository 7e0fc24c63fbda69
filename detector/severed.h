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

/* True if it is to be left alone. */
bool sg_severed_has(uint32_t serial);

#endif
