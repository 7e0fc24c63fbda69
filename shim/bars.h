/* Which leaked sessions auto-close must leave alone, and why.
 *
 * Layer:   12
 * Threads: one, that of auto-close; the program's others may run on.
 * Memory:  none.
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
