/* Which leaked sessions auto-close must leave alone, and why.
 *
 * Why closing is safe: no thread of the program runs any more when the first handle is
 * closed, and none runs again before the process is gone (threads.h). So it does not
 * matter who has a handle's address, or a descriptor's number, and would use it next.
 * Where one thread could not be stopped, nothing is closed. What is left is what a
 * stopped thread was in the middle of, and there everything counts against closing:
 *   - a handle on which a call has not come back, or which another thread that has not
 *     ended has opened or called on last;
 *   - a handle whose address, or one in its memory, stands on the stack or in a register
 *     of a thread that may be inside a library, as an address of the library's code stands
 *     there, too: it may be halfway through a function that we have no hook for;
 *   - a socket under a stream (its buffer may be half written), or of another thread.
 * A lock that a stopped thread holds keeps the closing thread waiting: the allocator is
 * tried before anything is closed (autoclose.c), all others cost close_timeout_ms.
 * Only where the ending thread then does not come to its end may stopped threads run on
 * (sg_threads_go_on_in()).
 *
 * Layer:   12
 * Threads: one, that of auto-close, while the program's are stopped.
 * Memory:  maps 16 bytes an open handle.
 * Fails:   never; what cannot be known counts against closing.
 */
#ifndef SG_BARS_H
#define SG_BARS_H

#include "handles.h"

/* The open handles of the process. */
struct sg_open_handles {
    const uint64_t *where; /* serial in the high half, slot index in the low: sorted */
    size_t count;
    uint32_t ending; /* the thread that ends the process */
    uint32_t asked;  /* a thread, and whether it runs */
    bool is_asked_alive;
    bool is_counted, has_others; /* other threads at all */
    bool has_running;            /* threads of the program run on: nothing may be closed */
};

/* The open handle with this serial, NULL if it is closed, and for 0. */
struct sg_handle *sg_open_handle(const struct sg_open_handles *all, uint32_t serial);

/* Marks what must be left alone by what can be known beforehand, as skipped. */
void sg_bars_set(struct sg_open_handles *all);

/* Why to leave it alone now, SG_REASON_NONE if it may be closed; `slot` is NULL
 * for a descriptor's record. */
enum sg_reason sg_bars_reason(struct sg_open_handles *all, const struct sg_record *record,
                              const struct sg_handle *slot);

#endif
