#include "group.h"

#include <string.h>

/* What tells the records of one place apart, as one small number: whether
 * they count is the leading digit, so that each leak is one run. */
#define ORPHANS 2U
#define CLASSES 3U
#define PART_KEYS ((size_t)CLASSES * SG_OUTCOMES * SG_REASONS * ORPHANS)

enum class { COUNTS, LISTENING, HANDED };

static enum class class_of(const struct sg_item *item) {
    if (item->record->outcome == SG_OUTCOME_HANDED) return HANDED;
    return !item->handle && item->record->socket.state == SG_STATE_LISTENING ? LISTENING : COUNTS;
}

/* What may stand there of an open record is a reason known in advance. */
static enum sg_reason reason_of(const struct sg_item *item)
{
    bool is_untouched =
        item->record->outcome == SG_OUTCOME_OPEN || item->record->outcome == SG_OUTCOME_SHUTDOWN ||
        item->record->outcome == SG_OUTCOME_COLLECTED || item->record->outcome == SG_OUTCOME_HANDED;
    return is_untouched ? SG_REASON_NONE : (enum sg_reason)item->record->reason;
}

static uint32_t part_key(const struct sg_item *item)
{
    uint32_t key = class_of(item);
    key = key * SG_OUTCOMES + item->record->outcome;
    key = key * SG_REASONS + reason_of(item);
    return key * ORPHANS + item->is_orphan;
}

static uint32_t place_key(const struct sg_item *item) { return item->place; }

/* Orders `numbers` by key, equal keys in the order they had: two passes of a
 * counting sort group a million records in a few milliseconds. */
static void sort_by(struct sg_pool *pool, const struct sg_items *items, uint32_t *numbers, size_t count,
                    uint32_t (*key)(const struct sg_item *), size_t keys)
{
    uint32_t *starts = sg_pool_array(pool, keys + 1, sizeof(*starts));
    uint32_t *sorted = sg_pool_array(pool, count, sizeof(*sorted));
    for (size_t i = 0; i < count; i++)
        starts[key(&items->entries[numbers[i]]) + 1]++;
    for (size_t i = 0; i < keys; i++)
        starts[i + 1] += starts[i];
    for (size_t i = 0; i < count; i++)
        sorted[starts[key(&items->entries[numbers[i]])]++] = numbers[i];
    if (count > 0)
        memcpy(numbers, sorted, count * sizeof(*numbers));
}

struct run {
    size_t first;
    size_t count;
};

/* The run of records from `first` on that agree with it in what `differs`
 * does not tell apart. */
static struct run run_from(const struct sg_items *items, const uint32_t *numbers, size_t count, size_t first,
                           bool (*differs)(const struct sg_item *, const struct sg_item *))
{
    size_t end = first + 1;
    while (end < count && !differs(&items->entries[numbers[first]], &items->entries[numbers[end]]))
        end++;
    return (struct run){first, end - first};
}

static bool leak_differs(const struct sg_item *left, const struct sg_item *right)
{
    return place_key(left) != place_key(right) || class_of(left) != class_of(right);
}

static bool part_differs(const struct sg_item *left, const struct sg_item *right)
{
    return part_key(left) != part_key(right);
}

static void add_parts(struct sg_facts_source *source, const uint32_t *numbers, size_t count,
                      struct sg_leak *leak)
{
    const struct sg_items *items = &source->items;
    size_t parts = 0;
    for (size_t first = 0; first < count; parts++)
        first += run_from(items, numbers, count, first, part_differs).count;
    leak->parts = sg_pool_array(source->pool, parts, sizeof(*leak->parts));
    for (size_t first = 0; first < count;) {
        struct run run = run_from(items, numbers, count, first, part_differs);
        const struct sg_item *item = &items->entries[numbers[first]];
        struct sg_part *part = &leak->parts[leak->parts_count++];
        part->outcome = item->record->outcome;
        part->reason = reason_of(item);
        part->is_orphan = item->is_orphan;
        part->facts = parts == 1 ? leak->facts : sg_facts_gather(source, numbers + run.first, run.count);
        first += run.count;
    }
}

static struct sg_leak make_leak(struct sg_facts_source *source, const uint32_t *numbers, size_t count)
{
    const struct sg_snapshot *snapshot = source->snapshot;
    const struct sg_item *first = &source->items.entries[numbers[0]];
    struct sg_leak leak = {.place = sg_reader_place(snapshot, place_key(first)),
                           .counts = class_of(first) == COUNTS,
                           .is_handed = class_of(first) == HANDED};
    leak.is_inherited = leak.place->fork != (uint8_t)snapshot->layout->fork;
    leak.kind = &snapshot->kinds[leak.place->kind];
    leak.facts = sg_facts_gather(source, numbers, count);
    add_parts(source, numbers, count, &leak);
    return leak;
}

struct counters {
    uint64_t opened, closed, peak, in_use_peak;
    uint64_t collected; /* by a garbage collector, more than there are records of */
    uint32_t last_tick; /* of these */
    bool is_seen;       /* this place was added to the one that stands for it */
};

/* The counters of each place, those of places that are one added up. */
static struct counters *add_counters(struct sg_pool *pool, const struct sg_snapshot *snapshot,
                                     const struct sg_items *items, size_t places)
{
    struct counters *counters = sg_pool_array(pool, places, sizeof(*counters));
    for (size_t i = 0; i < items->count; i++) {
        uint32_t number = sg_life_place(items->entries[i].record->life);
        const struct sg_place *place = sg_reader_place(snapshot, number);
        struct counters *sum = &counters[place_key(&items->entries[i])];
        if (counters[number].is_seen)
            continue;
        counters[number].is_seen = true;
        sum->opened += place->opened;
        sum->closed += place->closed - place->collected;
        sum->peak += place->peak;
        sum->in_use_peak += place->in_use_peak;
        if (place->collected > SG_COLLECTED_KEPT) {
            sum->collected += place->collected - SG_COLLECTED_KEPT;
            sum->last_tick = place->collected_tick > sum->last_tick ? place->collected_tick : sum->last_tick;
        }
    }
    return counters;
}

/* Of what a garbage collector closed not every record was kept. */
static void add_collected(struct sg_facts *facts, const struct counters *counters)
{
    facts->count += counters->collected;
    if (counters->collected > 0 && counters->last_tick > facts->last_tick)
        facts->last_tick = counters->last_tick;
}

/* What was inherited, and is for another process to report. */
static bool is_elsewhere(const struct sg_item *item) { return item->record->outcome == SG_OUTCOME_ELSEWHERE; }

/* With what was inherited with it; but what this process has opened in it is its own. */
static bool is_owner_elsewhere(const struct sg_snapshot *snapshot, const struct sg_items *items,
                               const struct sg_item *item, bool *is_own)
{
    bool is_away = item->owner != SG_ITEM_NONE && is_elsewhere(&items->entries[item->owner]);
    uint32_t number = sg_life_place(item->record->life);
    *is_own = is_away && sg_reader_place(snapshot, number)->fork == (uint8_t)snapshot->layout->fork;
    return is_away;
}

/* The records that are leaks of their own. */
static size_t select_leaks(const struct sg_snapshot *snapshot, const struct sg_options *options,
                           const struct sg_items *items, uint32_t *numbers, struct sg_groups *groups)
{
    size_t count = 0;
    for (size_t i = 0; i < items->count; i++) {
        const struct sg_item *item = &items->entries[i];
        bool is_own = false;
        bool is_away = is_owner_elsewhere(snapshot, items, item, &is_own);
        if (!sg_options_want_kind(options, sg_item_kind(snapshot, item)->name) || is_elsewhere(item) ||
            (is_away && !is_own))
            continue;
        groups->open++;
        if (item->owner != SG_ITEM_NONE && !is_own)
            groups->owned++;
        else
            numbers[count++] = (uint32_t)i;
    }
    return count;
}

struct sg_groups sg_group_leaks(struct sg_pool *pool, const struct sg_snapshot *snapshot,
                                const struct sg_options *options, const uint32_t *same)
{
    struct sg_groups groups = {0};
    struct sg_pool temporary = {0};
    struct sg_facts_source source = {.pool = pool, .snapshot = snapshot};
    source.items = sg_items_collect(&temporary, snapshot);
    uint32_t *numbers = sg_pool_array(&temporary, source.items.count, sizeof(*numbers));
    size_t count = select_leaks(snapshot, options, &source.items, numbers, &groups);
    size_t places = (size_t)(snapshot->layout->sections[SG_SECTION_PLACES].size / 8) + 1;
    for (size_t i = 0; i < source.items.count && same; i++)
        source.items.entries[i].place = same[source.items.entries[i].place];
    const struct counters *counters = add_counters(&temporary, snapshot, &source.items, places);
    if (count > 0) {
        sort_by(&temporary, &source.items, numbers, count, part_key, PART_KEYS);
        sort_by(&temporary, &source.items, numbers, count, place_key, places);
    }
    size_t leaks = 0;
    for (size_t first = 0; first < count; leaks++)
        first += run_from(&source.items, numbers, count, first, leak_differs).count;
    groups.leaks = sg_pool_array(pool, leaks, sizeof(*groups.leaks));
    for (size_t first = 0; first < count;) {
        struct run run = run_from(&source.items, numbers, count, first, leak_differs);
        struct sg_leak *leak = &groups.leaks[groups.leaks_count++];
        *leak = make_leak(&source, numbers + run.first, run.count);
        const struct counters *sum = &counters[place_key(&source.items.entries[numbers[first]])];
        leak->opened = sum->opened;
        leak->closed = sum->closed;
        leak->peak = sum->peak;
        leak->peak_in_use = sum->in_use_peak;
        if (leak->is_inherited) { /* what else its parent did there is not this process's */
            leak->opened = leak->peak = run.count;
            leak->closed = 0;
        }
        add_collected(&leak->facts, sum);
        for (size_t i = 0; i < leak->parts_count; i++)
            if (leak->parts[i].outcome == SG_OUTCOME_COLLECTED)
                add_collected(&leak->parts[i].facts, sum);
        first += run.count;
    }
    sg_pool_free(&source.temporary);
    sg_pool_free(&temporary);
    return groups;
}
