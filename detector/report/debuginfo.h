/* Looks up many addresses of one file in its DWARF: one pass over the units,
 * and in each unit that has wanted addresses one pass over its functions.
 * Asking libdwfl for one address after the other takes ten times as long.
 *
 * Layer:   9
 * Threads: one.
 * Memory:  results are in the caller's pool.
 * Fails:   an address that is not described keeps count 0.
 */
#ifndef SG_REPORT_DEBUGINFO_H
#define SG_REPORT_DEBUGINFO_H

#include <elfutils/libdw.h>

#include "location.h"

/* What is at one address: the innermost inlined function first. */
struct sg_located {
    struct sg_location *locations;
    size_t count;
};

/* `addresses` are sorted and distinct; `located` has an entry for each.
 * `bias` is what has to be taken off an address to get the DWARF's own. */
void sg_debuginfo_locate(struct sg_pool *pool, Dwarf *dwarf, uint64_t bias, const uint64_t *addresses,
                         size_t count, struct sg_located *located);

#endif
