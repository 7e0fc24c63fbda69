/* Places: each creation stack is kept once for each kind, with its counters.
 *
 * Layer:   6
 * Threads: any, also signal handlers; lock-free.
 * Memory:  the arena's place section; nothing is ever given back.
 * Fails:   place 0 when the section is full.
 */
#ifndef SG_PLACES_H
#define SG_PLACES_H

#include "arena.h"

struct sg_stack {
    const uintptr_t *pcs;      /* addresses of the calls, innermost first */
    const uint64_t *positions; /* the same as sg_modules_position() gives them, NULL not known */
    unsigned count;
    unsigned flags; /* SG_PLACE_* */
};

/* The number of the place where this kind is opened by this stack. */
uint32_t sg_places_intern(unsigned kind, const struct sg_stack *stack);

/* The place behind a number, NULL for 0. */
static inline struct sg_place *sg_places_get(uint32_t number)
{
    return number ? (struct sg_place *)sg_arena_at(SG_SECTION_PLACES, (uint64_t)number * 8) : NULL;
}

/* Counts one more, or one less, open record of a place. */
static inline void sg_places_opened(uint32_t number)
{
    struct sg_place *place = sg_places_get(number);
    if (!place)
        return;
    uint32_t opened = __atomic_add_fetch(&place->opened, 1, __ATOMIC_RELAXED);
    uint32_t open = opened - __atomic_load_n(&place->closed, __ATOMIC_RELAXED);
    uint32_t peak = __atomic_load_n(&place->peak, __ATOMIC_RELAXED);
    while (
        SG_UNLIKELY((int32_t)open > (int32_t)peak) &&
        !__atomic_compare_exchange_n(&place->peak, &peak, open, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

static inline void sg_places_closed(uint32_t number)
{
    struct sg_place *place = sg_places_get(number);
    if (place)
        __atomic_add_fetch(&place->closed, 1, __ATOMIC_RELAXED);
}

void sg_places_reopened(uint32_t number); /* the close failed after all */

/* Counts one of SG_KIND_SCRIPT that was closed by the garbage collector alone; returns
 * how many that makes. */
uint32_t sg_places_collected(uint32_t number, uint32_t opening_tick);

/* A use of a session that was opened at this place begins, and ends. */
void sg_places_use_begins(uint32_t number);
void sg_places_use_ends(uint32_t number);
bool sg_places_use_is_peak(uint32_t number); /* one more would be the most at once */

/* All that was opened at any place. */
uint64_t sg_places_opened_in_all(void);

#endif
