/* Places: each creation stack is kept once for each kind, with its counters.
 *
 * Layer:   5
 * Threads: any, also signal handlers; lock-free.
 * Memory:  the arena's place section; nothing is ever given back.
 * Fails:   place 0 when the section is full.
 */
#ifndef SG_PLACES_H
#define SG_PLACES_H

#include "layout.h"

struct sg_stack {
    const uintptr_t *pcs;      /* addresses of the calls, innermost first */
    const uint64_t *positions; /* the same as sg_modules_position() gives them, NULL not known */
    unsigned count;
    unsigned flags; /* SG_PLACE_* */
};

/* The number of the place where this kind is opened by this stack. */
uint32_t sg_places_intern(unsigned kind, const struct sg_stack *stack);

/* The place behind a number, NULL for 0. */
struct sg_place *sg_places_get(uint32_t number);

/* Counts one more, or one less, open record of a place. */
void sg_places_opened(uint32_t number);
void sg_places_closed(uint32_t number);
void sg_places_reopened(uint32_t number); /* the close failed after all */

#endif
