/* What DWARF says of one address: function, file and line.
 *
 * Layer:   8
 * Threads: one.
 * Memory:  texts are in the caller's pool.
 * Fails:   what is not described stays as it was.
 */
#ifndef SG_REPORT_LOCATION_H
#define SG_REPORT_LOCATION_H

#include <elfutils/libdw.h>

#include "pool.h"

struct sg_location {
    const char *function; /* demangled, NULL unknown */
    const char *file;
    const char *language;
    unsigned line;
    unsigned column;
    bool is_linkage_name; /* `function` was demangled, so it is complete */
};

/* The name of a function, also of one that is described elsewhere. The
 * language is set. */
void sg_location_set_function(struct sg_pool *pool, Dwarf_Die *die, struct sg_location *location);

/* The position of an address, from the line table of its unit. */
void sg_location_set_line(struct sg_pool *pool, Dwarf_Die *unit, uint64_t address,
                          struct sg_location *location);

/* The position where the call of an inlined function stood. */
void sg_location_set_call(struct sg_pool *pool, Dwarf_Die *unit, Dwarf_Die *inlined,
                          struct sg_location *location);

#endif
