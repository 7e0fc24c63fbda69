/* What there is to say about a set of open records of one place.
 *
 * Layer:   9
 * Threads: one.
 * Memory:  in the caller's pool.
 * Fails:   never.
 */
#ifndef SG_REPORT_FACTS_H
#define SG_REPORT_FACTS_H

#include "item.h"
#include "tally.h"

struct sg_facts {
    uint64_t count;
    uint64_t threads;    /* distinct threads that opened them */
    uint64_t never_used; /* handles that were opened and never used */
    uint64_t orphans;    /* their session is gone */
    uint32_t first_tick;
    uint32_t last_tick;
    struct sg_tallies peers;   /* by address */
    struct sg_tallies owns;    /* what belongs to them, by kind, and "wake-up pair" */
    struct sg_tallies states;  /* of their sockets, by TCP state */
    struct sg_tallies members; /* handles that were added to them, by kind */
    struct sg_tallies users;   /* handles that they are shared by, by kind */
};

/* What all gatherings of one report share. */
struct sg_facts_source {
    struct sg_pool *pool;     /* for the results */
    struct sg_pool temporary; /* for one gathering; the caller frees it */
    const struct sg_snapshot *snapshot;
    struct sg_items items;
};

/* `numbers` are `count` items, at least one. */
struct sg_facts sg_facts_gather(struct sg_facts_source *source, const uint32_t *numbers, size_t count);

#endif
