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

void sg_autoclose(const struct sg_leaks *leaks);

#endif
