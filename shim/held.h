/* Handles that a stopped thread was in the middle of: see bars.h.
 *
 * Layer:   11
 * Threads: one, that of auto-close, while the program's are stopped.
 * Memory:  maps 16 bytes an open handle.
 * Fails:   what cannot be known counts as held.
 */
#ifndef SG_HELD_H
#define SG_HELD_H

#include "base.h"

/* Sets sg_handle.is_held of these open handles: `where` is as in sg_open_handles. */
void sg_held_find(const uint64_t *where, size_t count);

#endif
