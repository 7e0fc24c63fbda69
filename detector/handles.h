/* The records of open handles that are pointers, and a hash table that leads to
 * them: in tiers, each twice the one before, so that nothing is ever moved. A
 * handle is looked for in one bucket of each tier. An entry that was used once
 * stays with its record, so that no search ends too early and no record changes
 * its place.
 *
 * Layer:   5
 * Threads: any, also signal handlers; lock-free.
 * Memory:  the arena's handle section, 80 bytes a handle, and 4 to 9 bytes of
 *          its index.
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

/* Keeps the record, which is found no more: its handle may be another's at once, and that
 * very often, so that its place in the index is needed again. */
void sg_handles_keep(struct sg_handle *slot);

/* Puts back what was taken out of the slot that `copy` is a copy of; another
 * slot will do. */
bool sg_handles_return(const struct sg_handle *copy, uint64_t life);

/* Slot number `index`, NULL past the last that was ever in use. */
struct sg_handle *sg_handles_slot(uint64_t index);

#endif
