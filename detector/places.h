/* Places: each creation stack is kept once for each kind, with its counters.
 *
 * When the section is full, places where nothing is open are used again, and
 * where that is not enough stacks get shorter, down to none at all: so what is
 * opened always has a place.
 *
 * A number says which place is meant: an index, and how often its memory was used
 * again. The place has its own number in it. A thread may hold a number that it
 * took from a memo or a chain for as long as it likes; it means what it meant if
 * the thread counts first and compares the numbers then (sg_places_opened()).
 * Whoever takes a place away does the reverse: it first takes the number out and
 * then looks whether anything is open. So one of the two sees the other, and a
 * place that was counted on stays. What was counted by mistake is taken back. For
 * that the counters of a place never move and are never written over: memory is
 * used again as it was cut, for places only, and what was counted on the place
 * before is subtracted.
 *
 * Numbers repeat after 256 uses of the same memory, each of which takes a whole
 * section of new stacks: no thread stands between two instructions for so long.
 *
 * Never used again: a place where something is open or in use, one with records
 * that a garbage collector closed, and those without frames. Nothing is used
 * again while a report is made (sg_places_freeze()): its records are read before
 * the places that they name.
 *
 * Layer:   6
 * Threads: any, also signal handlers; lock-free, until the section is full: then
 *          a new stack waits for its turn. Counting never waits.
 * Memory:  the arena's place section.
 * Fails:   place 0 when the section has no room for as much as an empty stack.
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

/* The number of the place where this kind is opened by this stack. It may become
 * void at any time until something is open there. */
uint32_t sg_places_intern(unsigned kind, const struct sg_stack *stack);

/* The place of this kind whose stack is not known, because it could not be kept. */
uint32_t sg_places_unknown(unsigned kind);

/* Changes whenever numbers that are not held have become void. */
uint32_t sg_places_era(void);

/* True if stacks may have been used again or shortened. */
static inline bool sg_places_are_full(void) { return sg_places_era() != 0; }

/* The place behind a number, NULL for 0. */
static inline struct sg_place *sg_places_get(uint32_t number)
{
    return number ? (struct sg_place *)sg_arena_at(SG_SECTION_PLACES, (uint64_t)sg_place_index(number) * 8)
                  : NULL;
}

/* True if the place, and so all that was opened there, is a parent's of this process. */
static inline bool sg_places_is_inherited(uint32_t number)
{
    const struct sg_place *place = sg_places_get(number);
    return place && place->fork != (uint8_t)sg_arena->fork;
}

/* Keeps a place from being used again. False if it already was, or is 0. */
static inline bool sg_places_hold(uint32_t number)
{
    struct sg_place *place = sg_places_get(number);
    if (!place)
        return false;
    __atomic_add_fetch(&place->opened, 1, __ATOMIC_SEQ_CST);
    if (SG_LIKELY(__atomic_load_n(&place->number, __ATOMIC_SEQ_CST) == number))
        return true;
    __atomic_sub_fetch(&place->opened, 1, __ATOMIC_SEQ_CST);
    return false;
}

/* The reverse of this, and of what was counted as open and is not. */
static inline void sg_places_release(uint32_t number)
{
    __atomic_sub_fetch(&sg_places_get(number)->opened, 1, __ATOMIC_SEQ_CST);
}

/* Counts one more, or one less, open record of a place. Comes before the record is
 * made; false if the number is void, which asks for another one. */
static inline bool sg_places_opened(uint32_t number)
{
    struct sg_place *place = sg_places_get(number);
    if (!place)
        return false;
    uint32_t opened = __atomic_add_fetch(&place->opened, 1, __ATOMIC_SEQ_CST);
    if (SG_UNLIKELY(__atomic_load_n(&place->number, __ATOMIC_SEQ_CST) != number)) {
        __atomic_sub_fetch(&place->opened, 1, __ATOMIC_SEQ_CST);
        return false;
    }
    uint32_t open = opened - __atomic_load_n(&place->closed, __ATOMIC_RELAXED);
    uint32_t peak = __atomic_load_n(&place->peak, __ATOMIC_RELAXED);
    while (
        SG_UNLIKELY((int32_t)open > (int32_t)peak) &&
        !__atomic_compare_exchange_n(&place->peak, &peak, open, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return true;
}

static inline void sg_places_closed(uint32_t number)
{
    struct sg_place *place = sg_places_get(number);
    if (place)
        __atomic_add_fetch(&place->closed, 1, __ATOMIC_SEQ_CST);
}

/* The close failed after all. False if the place was used again meanwhile. */
bool sg_places_reopened(uint32_t number);

/* Counts one of SG_KIND_SCRIPT that was closed by the garbage collector alone; returns
 * how many that makes. */
uint32_t sg_places_collected(uint32_t number, uint32_t opening_tick);

/* A use of a session that was opened at this place begins, and ends. */
void sg_places_use_begins(uint32_t number);
void sg_places_use_ends(uint32_t number);
bool sg_places_use_is_peak(uint32_t number); /* one more would be the most at once */

/* From the first of these on, until the second, a place stays what it is. */
void sg_places_freeze(void);
void sg_places_thaw(void);

/* All that was opened at any place. */
uint64_t sg_places_opened_in_all(void);

#endif
