/* The records of open handles that are pointers: a hash table in tiers, each
 * twice the one before, that is never rehashed. A handle is looked for in a
 * short run of slots of each tier; a slot that was used once never becomes
 * empty again, so that a search never ends too early.
 *
 * Layer:   5
 * Threads: any, also signal handlers; lock-free.
 * Memory:  the arena's handle section, 56 bytes a handle.
 * Fails:   NULL when there is no room.
 */
#ifndef SG_HANDLES_H
#define SG_HANDLES_H

#include "layout.h"

/* Who counts open handles and then lists them leaves room for as many more,
 * which other threads may open meanwhile. */
#define SG_HANDLES_SLACK 256U

/* The slot of an open handle of this kind, NULL if it is not known. */
struct sg_handle *sg_handles_find(unsigned kind, uint64_t key);

/* Puts a record in, with all relations empty. `stale` becomes the life of a
 * record with this key that was still there (closed without our seeing it),
 * 0 if there was none. */
struct sg_handle *sg_handles_put(uint64_t key, const struct sg_record *fresh, uint64_t *stale);

/* Takes the record out. Returns its life, 0 if another thread was faster. */
uint64_t sg_handles_take(struct sg_handle *slot);

/* Puts back what was taken out of the slot that `copy` is a copy of; another
 * slot will do. */
bool sg_handles_return(const struct sg_handle *copy, uint64_t life);

/* Slot number `index`, NULL past the last that was ever in use. */
struct sg_handle *sg_handles_slot(uint64_t index);

#endif
