/* Counts how often each value occurs: peers, states, kinds, threads.
 *
 * Layer:   6
 * Threads: no state.
 * Memory:  results are in the caller's pool.
 * Fails:   never.
 */
#ifndef SG_REPORT_TALLY_H
#define SG_REPORT_TALLY_H

#include "pool.h"

struct sg_tally {
    const char *name;
    uint64_t count;
};

struct sg_tallies {
    struct sg_tally *entries; /* largest count first, then by name */
    size_t count;
};

/* One distinct number and how often it was there. */
struct sg_tally_number {
    uint32_t number;
    uint32_t count;
};

/* Sorts `numbers` and counts equal ones. Returns how many distinct ones there
 * are; `runs`, where it is not NULL, has room for `count` of them. */
size_t sg_tally_numbers(uint32_t *numbers, size_t count, struct sg_tally_number *runs);

/* Joins entries of the same name, drops those of count 0 and sorts. */
void sg_tally_finish(struct sg_tallies *tallies);

/* Sum of the counts. */
uint64_t sg_tally_total(const struct sg_tallies *tallies);

#endif
