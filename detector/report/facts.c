#include "facts.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "address.h"

#define STATES 13
#define TCP_CLOSE 7 /* include/net/tcp_states.h */

static const char *const state_names[STATES] = {
    NULL,    "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",    "TIME_WAIT",
    "CLOSE", "CLOSE_WAIT",  "LAST_ACK", "LISTEN",   "CLOSING",   "NEW_SYN_RECV",
};

/* Room for one number of each item and of all that belongs to it. */
struct scratch {
    uint32_t *numbers;
    struct sg_tally_number *runs;
};

struct counts {
    uint64_t states[STATES];
    uint64_t *owns; /* by kind, as the next two */
    uint64_t *members;
    uint64_t *users;
    uint64_t wakeups;
    size_t peers;
    size_t descriptors; /* the kind that sockets are */
};

/* One end of a pair by which a library wakes itself up: not what a reader
 * means by a connection. */
static bool is_wakeup(const struct sg_item *item)
{
    return !item->handle && item->record->socket.domain == AF_UNIX && item->record->peer == 0;
}

/* A socket that was never connected is in state CLOSE too, which says nothing. */
static void count_state(struct counts *counts, const struct sg_item *item)
{
    const struct sg_record *record = item->record;
    if (!item->handle && record->socket.state < STATES && (record->socket.state != TCP_CLOSE || record->peer))
        counts->states[item->record->socket.state]++;
}

/* An item's own peer, or else those of the sockets that it holds, each once. */
static void add_peers(struct counts *counts, uint32_t *peers, const struct sg_items *items,
                      const struct sg_item *item)
{
    if (item->record->peer != 0) {
        peers[counts->peers++] = item->record->peer;
        return;
    }
    size_t first = counts->peers;
    for (uint32_t i = item->first_owned; i != SG_ITEM_NONE; i = items->entries[i].next_owned) {
        uint32_t peer = items->entries[i].record->peer;
        bool is_new = peer != 0;
        /* A session has few connections; one with many has them to one peer. */
        for (size_t k = first; k < counts->peers && k < first + 16 && is_new; k++)
            is_new = peers[k] != peer;
        if (is_new)
            peers[counts->peers++] = peer;
    }
}

static void count_relations(struct counts *counts, const struct sg_items *items, const struct sg_item *item)
{
    for (uint32_t i = item->first_owned; i != SG_ITEM_NONE; i = items->entries[i].next_owned) {
        if (is_wakeup(&items->entries[i]))
            counts->wakeups++;
        else
            counts->owns[items->entries[i].record->kind]++;
        count_state(counts, &items->entries[i]);
    }
    if (item->handle && item->handle->owned > 0)
        counts->owns[counts->descriptors] += item->handle->owned;
    for (uint32_t i = item->first_member; i != SG_ITEM_NONE; i = items->entries[i].next_member)
        counts->members[items->entries[i].record->kind]++;
    for (uint32_t i = item->first_user; i != SG_ITEM_NONE; i = items->entries[i].next_user)
        counts->users[items->entries[i].record->kind]++;
}

static struct sg_tallies name_kinds(struct sg_pool *pool, const struct sg_snapshot *snapshot,
                                    const uint64_t *counts, uint64_t wakeups)
{
    struct sg_tallies tallies = {sg_pool_array(pool, snapshot->kinds_count + 1, sizeof(*tallies.entries)), 0};
    for (size_t i = 0; i < snapshot->kinds_count; i++)
        if (counts[i] > 0)
            tallies.entries[tallies.count++] = (struct sg_tally){snapshot->kinds[i].name, counts[i]};
    if (wakeups > 0)
        tallies.entries[tallies.count++] = (struct sg_tally){"wake-up pair", (wakeups + 1) / 2};
    sg_tally_finish(&tallies);
    return tallies;
}

static struct sg_tallies name_states(struct sg_pool *pool, const uint64_t *counts)
{
    struct sg_tallies tallies = {sg_pool_array(pool, STATES, sizeof(*tallies.entries)), 0};
    for (size_t i = 1; i < STATES; i++)
        if (counts[i] > 0)
            tallies.entries[tallies.count++] = (struct sg_tally){state_names[i], counts[i]};
    sg_tally_finish(&tallies);
    return tallies;
}

static struct sg_tallies name_peers(struct sg_pool *pool, const struct sg_snapshot *snapshot,
                                    const struct scratch *scratch, size_t count)
{
    struct sg_tallies tallies = {NULL, sg_tally_numbers(scratch->numbers, count, scratch->runs)};
    tallies.entries = sg_pool_array(pool, tallies.count, sizeof(*tallies.entries));
    for (size_t i = 0; i < tallies.count; i++) {
        const struct sg_string *peer = sg_reader_string(snapshot, scratch->runs[i].number);
        tallies.entries[i] = (struct sg_tally){sg_address_format(pool, peer), scratch->runs[i].count};
    }
    sg_tally_finish(&tallies);
    return tallies;
}

/* The most numbers that any fact needs: one of each item or, for peers, of
 * each thing that belongs to it. */
static size_t scratch_size(const struct sg_items *items, const uint32_t *numbers, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size_t owned = 0;
        const struct sg_item *item = &items->entries[numbers[i]];
        for (uint32_t k = item->first_owned; k != SG_ITEM_NONE; k = items->entries[k].next_owned)
            owned++;
        size += owned > 1 ? owned : 1;
    }
    return size;
}

struct sg_facts sg_facts_gather(struct sg_facts_source *source, const uint32_t *numbers, size_t count)
{
    struct sg_pool *pool = source->pool;
    struct sg_pool *temporary = &source->temporary;
    const struct sg_snapshot *snapshot = source->snapshot;
    const struct sg_items *items = &source->items;
    sg_pool_reset(temporary);
    size_t room = scratch_size(items, numbers, count);
    struct scratch scratch = {sg_pool_array(temporary, room, sizeof(*scratch.numbers)),
                              sg_pool_array(temporary, room, sizeof(*scratch.runs))};
    struct counts counts = {.owns = sg_pool_array(temporary, snapshot->kinds_count, sizeof(uint64_t)),
                            .members = sg_pool_array(temporary, snapshot->kinds_count, sizeof(uint64_t)),
                            .users = sg_pool_array(temporary, snapshot->kinds_count, sizeof(uint64_t))};
    struct sg_facts facts = {.count = count, .first_tick = UINT32_MAX};
    while (counts.descriptors + 1 < snapshot->kinds_count &&
           !(snapshot->kinds[counts.descriptors].flags & SG_KIND_DESCRIPTOR))
        counts.descriptors++;

    for (size_t i = 0; i < count; i++) {
        const struct sg_item *item = &items->entries[numbers[i]];
        uint32_t tick = sg_life_tick(item->record->life);
        if (tick < facts.first_tick)
            facts.first_tick = tick;
        if (tick > facts.last_tick)
            facts.last_tick = tick;
        facts.never_used += item->handle && item->record->used == 0;
        facts.orphans += item->is_orphan;
        count_state(&counts, item);
        count_relations(&counts, items, item);
        scratch.numbers[i] = item->record->thread;
    }
    facts.threads = sg_tally_numbers(scratch.numbers, count, NULL);
    for (size_t i = 0; i < count; i++)
        add_peers(&counts, scratch.numbers, items, &items->entries[numbers[i]]);
    facts.peers = name_peers(pool, snapshot, &scratch, counts.peers);
    facts.owns = name_kinds(pool, snapshot, counts.owns, counts.wakeups);
    facts.members = name_kinds(pool, snapshot, counts.members, 0);
    facts.users = name_kinds(pool, snapshot, counts.users, 0);
    facts.states = name_states(pool, counts.states);
    return facts;
}
