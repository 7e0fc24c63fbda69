/* Turns the open records of a snapshot into leaks: one for each place, with
 * what there is to say about it.
 *
 * A record that belongs to an open session is no leak of its own. A listening
 * socket, and what a child process goes on with, is listed and does not count. Where the records of a place ended
 * differently (closed, left alone), the leak has parts: one for each outcome,
 * reason and, of sockets, whether their session is gone.
 *
 * Layer:   10
 * Threads: one.
 * Memory:  in the caller's pool, with references into the snapshot.
 * Fails:   never; the reader has checked all that is used here.
 */
#ifndef SG_REPORT_GROUP_H
#define SG_REPORT_GROUP_H

#include "../options.h"
#include "facts.h"

struct sg_part {
    enum sg_outcome outcome;
    enum sg_reason reason;
    bool is_orphan;
    struct sg_facts facts;
};

struct sg_leak {
    const struct sg_place *place; /* one of them, if several are one in the source */
    uint64_t opened, closed;      /* records ever made here, and closed */
    uint64_t peak;                /* most that were open at once; an upper bound if several */
    uint64_t peak_in_use;         /* the same of those that were in use; 0 not known */
    const struct sg_kind_entry *kind;
    bool counts;       /* false for listening sockets, and what was handed to a child */
    bool is_handed;    /* a child process goes on with it */
    bool is_inherited; /* the parent of this process opened it */
    struct sg_facts facts;
    struct sg_part *parts; /* at least one */
    size_t parts_count;
    /* What follows is filled in by later layers. */
    const struct sg_frame **frames;
    size_t frames_count;
    size_t look_at;             /* the first frame outside the families' libraries */
    uint64_t id;                /* the same for this place in every build and on every machine */
    const struct sg_rule *rule; /* the suppression that matched, or NULL */
};

struct sg_groups {
    struct sg_leak *leaks;
    size_t leaks_count;
    uint64_t open;  /* records, owned ones included */
    uint64_t owned; /* of these, listed under their session only */
};

/* `same` says for each place which one stands for it; NULL: each for itself. */
struct sg_groups sg_group_leaks(struct sg_pool *pool, const struct sg_snapshot *snapshot,
                                const struct sg_options *options, const uint32_t *same);

#endif
