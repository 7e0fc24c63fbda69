/* Closes what leaked, through the libraries' own close functions.
 *
 * Layer:   13
 * Threads: called by the ending thread; closes on a thread of its own, so
 *          that a close that blocks costs close_timeout_ms at most.
 * Memory:  maps scratch memory; the thread has a stack of its own.
 * Fails:   what could not be closed has its outcome and reason in its record.
 */
#ifndef SG_AUTOCLOSE_H
#define SG_AUTOCLOSE_H

#include "leaks.h"

/* Makes the closing thread, while others still run: to make one takes libc's locks.
 * Returns its number, 0 if there is none to be had. */
uint32_t sg_autoclose_prepare(void);

/* Called with the other threads stopped: true if none of them holds the allocator, which
 * every close needs. Otherwise they must go on for a moment, and be stopped again. */
bool sg_autoclose_can_begin(void);

/* Closes. With `has_running`, threads of the program still run: then nothing is closed,
 * and the records say so. */
void sg_autoclose(const struct sg_leaks *leaks, bool has_running);

#endif
