#include "places.h"
#include "modules.h"
#include "strings.h"
#include "sys.h"

#include <string.h>

/* A stack as it is looked for. */
struct wanted {
    const uint32_t *offsets;
    const uint16_t *modules;
    uint32_t hash;
    uint16_t frames;
    uint8_t kind;
    uint8_t flags;
};

#define BINS 257U /* of free memory, by the frames that there is room for */

/* How much of the section is kept for stacks that are not deeper than these. */
static const struct {
    uint16_t frames;
    uint16_t kept; /* parts of 1024 */
} levels[] = {{32, 128}, {16, 96}, {8, 64}, {4, 32}, {1, 16}};
#define FOR_UNKNOWN (256U * sizeof(struct sg_place)) /* one of each kind */

#define OFTEN 16U /* a stack that so much was opened at is kept if others will do */
#define WORTH 16U /* the part of all places that must have been freed, or else sought for */
#define TRIES 4U  /* of a search that others may have led astray */

/* In the arena, so that a forked child finds it empty. */
struct recycling {
    uint32_t era;       /* atomic: sweeps */
    uint32_t changes;   /* atomic: of chains, other than new heads */
    uint32_t is_frozen; /* atomic: reports that are made */
    uint32_t places;    /* in the chains, at the last sweep */
    uint32_t freed;     /* by the last sweep */
    uint32_t refused;   /* places since then for which there was no memory */
    uint32_t bins[BINS];
};
_Static_assert(sizeof(struct recycling) <= SG_ARENA_REST, "it has its place in the header");

static struct sg_turn turn; /* of the thread that sweeps, or takes from the bins */

static struct recycling *recycling(void) { return sg_arena_rest; }

static uint32_t load(const uint32_t *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
static void store(uint32_t *at, uint32_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }

uint32_t sg_places_era(void) { return load(&recycling()->era); }

/* ---- the chains ---- */

/* The place may become another's meanwhile. Who has read anything of that one sees its
 * number change, too, as all is released and acquired in order. */
static bool is_equal(const struct sg_place *place, const struct wanted *wanted)
{
    if (load(&place->hash) != wanted->hash ||
        __atomic_load_n(&place->frames, __ATOMIC_ACQUIRE) != wanted->frames ||
        __atomic_load_n(&place->kind, __ATOMIC_ACQUIRE) != wanted->kind ||
        __atomic_load_n(&place->flags, __ATOMIC_ACQUIRE) != wanted->flags)
        return false;
    const uint32_t *offsets = (const uint32_t *)(place + 1);
    const uint16_t *modules = (const uint16_t *)(offsets + wanted->frames);
    for (unsigned i = 0; i < wanted->frames; i++)
        if (load(&offsets[i]) != wanted->offsets[i] ||
            __atomic_load_n(&modules[i], __ATOMIC_ACQUIRE) != wanted->modules[i])
            return false;
    return true;
}

static void fill(struct sg_place *place, const struct wanted *wanted, uint32_t number)
{
    uint32_t *offsets = (uint32_t *)(place + 1);
    uint16_t *modules = (uint16_t *)(offsets + wanted->frames);
    store(&place->hash, wanted->hash);
    __atomic_store_n(&place->frames, wanted->frames, __ATOMIC_RELEASE);
    __atomic_store_n(&place->kind, wanted->kind, __ATOMIC_RELEASE);
    __atomic_store_n(&place->flags, wanted->flags, __ATOMIC_RELEASE);
    place->fork = (uint8_t)sg_arena->fork;
    for (unsigned i = 0; i < wanted->frames; i++) {
        store(&offsets[i], wanted->offsets[i]);
        __atomic_store_n(&modules[i], wanted->modules[i], __ATOMIC_RELEASE);
    }
    __atomic_store_n(&place->number, number, __ATOMIC_SEQ_CST);
}

/* The number of the place in this part of a chain. Whatever it meets on the way is a
 * place, or was one: memory stays cut as it is. */
static uint32_t find(uint32_t from, uint32_t until, const struct wanted *wanted)
{
    for (uint32_t at = from; at && at != until; at = load(&sg_places_get(at)->next)) {
        const struct sg_place *place = sg_places_get(at);
        uint32_t number = load(&place->number);
        if (number && is_equal(place, wanted))
            return number;
    }
    return 0;
}

static uint32_t *bucket_of(uint32_t hash) { return &sg_arena_place_buckets[hash % SG_ARENA_BUCKETS]; }

/* `first` becomes the head of the chain that was searched. */
static uint32_t find_in_chain(const struct wanted *wanted, uint32_t *first)
{
    for (unsigned i = 0; i < TRIES; i++) {
        uint32_t changes = load(&recycling()->changes);
        *first = load(bucket_of(wanted->hash));
        uint32_t found = find(*first, 0, wanted);
        if (found || load(&recycling()->changes) == changes)
            return found;
    }
    return 0; /* it will be there twice */
}

/* ---- memory that is used again ---- */

static void put_into_bin(uint32_t index)
{
    struct sg_place *place = sg_places_get(index);
    uint32_t *bin = &recycling()->bins[place->room < BINS ? place->room : BINS - 1];
    store(&place->next, *bin);
    *bin = index;
}

/* The smallest that is large enough. */
static uint32_t take_from_bin(unsigned frames)
{
    for (unsigned room = frames; room < BINS; room++) {
        uint32_t index = recycling()->bins[room];
        if (!index || sg_places_get(index)->room < frames)
            continue;
        recycling()->bins[room] = load(&sg_places_get(index)->next);
        __atomic_add_fetch(&recycling()->changes, 1, __ATOMIC_SEQ_CST);
        return index;
    }
    return 0;
}

static bool is_idle(const struct sg_place *place)
{
    uint32_t closed = __atomic_load_n(&place->closed, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&place->opened, __ATOMIC_SEQ_CST) == closed &&
           __atomic_load_n(&place->in_use, __ATOMIC_SEQ_CST) == 0 &&
           __atomic_load_n(&place->collected, __ATOMIC_SEQ_CST) == 0 && place->frames > 0;
}

/* See places.h. */
static bool take_away(struct sg_place *place, uint32_t limit)
{
    if (!is_idle(place) || load(&place->opened) > limit)
        return false;
    uint32_t number = load(&place->number);
    __atomic_store_n(&place->number, 0, __ATOMIC_SEQ_CST);
    if (!is_idle(place) || __atomic_load_n(&recycling()->is_frozen, __ATOMIC_SEQ_CST)) {
        __atomic_store_n(&place->number, number, __ATOMIC_SEQ_CST);
        return false;
    }
    uint32_t count = load(&place->closed);
    __atomic_add_fetch(&sg_arena->places.recycled, count, __ATOMIC_RELAXED);
    __atomic_sub_fetch(&place->opened, count, __ATOMIC_SEQ_CST);
    __atomic_sub_fetch(&place->closed, count, __ATOMIC_SEQ_CST);
    store(&place->peak, 0);
    store(&place->in_use_peak, 0);
    store(&place->collected_tick, 0);
    return true;
}

/* New heads may come before it meanwhile, and nothing else. */
static void take_out(uint32_t *bucket, uint32_t *link, uint32_t index, uint32_t next)
{
    uint32_t expected = index;
    if (link != bucket) {
        store(link, next);
        return;
    }
    if (__atomic_compare_exchange_n(bucket, &expected, next, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return;
    while (load(&sg_places_get(expected)->next) != index)
        expected = load(&sg_places_get(expected)->next);
    store(&sg_places_get(expected)->next, next);
}

static void sweep_chain(uint32_t *bucket, uint32_t limit)
{
    uint32_t *link = bucket;
    for (uint32_t index = load(bucket), next; index; index = next) {
        struct sg_place *place = sg_places_get(index);
        next = load(&place->next);
        recycling()->places++;
        if (take_away(place, limit)) {
            take_out(bucket, link, index, next);
            put_into_bin(index);
            recycling()->freed++;
        } else {
            link = &place->next;
        }
    }
}

static void sweep_with(uint32_t limit)
{
    recycling()->places = 0;
    for (unsigned i = 0; i < SG_ARENA_BUCKETS; i++)
        sweep_chain(&sg_arena_place_buckets[i], limit);
}

/* Takes away all that can be, and lets nobody remember it. Those that much was opened
 * at are kept if there are others enough, as they will be needed again. */
static void sweep(void)
{
    __atomic_add_fetch(&recycling()->changes, 1, __ATOMIC_SEQ_CST);
    recycling()->freed = 0;
    sweep_with(OFTEN);
    if (recycling()->freed < recycling()->places / 4)
        sweep_with(UINT32_MAX);
    recycling()->refused = 0;
    __atomic_add_fetch(&recycling()->changes, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&recycling()->era, 1, __ATOMIC_SEQ_CST);
    sg_modules_void();
}

/* A sweep looks at all places; so it comes when the last one found many, or after as
 * many stacks as will have paid for it. */
static bool is_worth_a_sweep(void)
{
    const struct recycling *state = recycling();
    return state->era == 0 || state->freed > state->places / WORTH || state->refused > state->places / WORTH;
}

static uint64_t kept_beyond(unsigned frames)
{
    uint64_t capacity = sg_arena->sections[SG_SECTION_PLACES].capacity;
    uint64_t parts = 0;
    for (size_t i = SG_COUNT(levels); i > 0 && frames > levels[i - 1].frames; i--)
        parts = levels[i - 1].kept;
    uint64_t for_unknown = FOR_UNKNOWN < capacity / 8 ? FOR_UNKNOWN : capacity / 8;
    return frames == 0 ? 0 : capacity / 1024 * parts + for_unknown;
}

static uint32_t use_again(unsigned frames, bool is_whole)
{
    if (__atomic_load_n(&recycling()->is_frozen, __ATOMIC_SEQ_CST) || !sg_sys_take_turn(&turn))
        return 0;
    uint32_t index = take_from_bin(frames);
    if (!index && is_whole && is_worth_a_sweep()) {
        sweep();
        index = take_from_bin(frames);
    }
    recycling()->refused += !index && is_whole;
    sg_sys_end_turn(&turn);
    return index;
}

/* Memory for a place, its counters at zero. */
static uint32_t take(unsigned frames, bool is_whole)
{
    uint32_t index = sg_arena_take_sparing(SG_SECTION_PLACES, sg_place_size(frames), kept_beyond(frames)) / 8;
    if (SG_UNLIKELY(!index))
        return use_again(frames, is_whole);
    sg_places_get(index)->room = (uint16_t)frames;
    return index;
}

/* What was taken and is not needed. It waits for the next one who finds nothing else. */
static void give_back(uint32_t index)
{
    __atomic_store_n(&sg_places_get(index)->number, 0, __ATOMIC_SEQ_CST);
    if (!sg_sys_take_turn(&turn))
        return; /* these few bytes stay unused */
    put_into_bin(index);
    sg_sys_end_turn(&turn);
}

/* ---- stacks ---- */

/* Adds a place that find() does not know. */
static uint32_t find_or_add(const struct wanted *wanted, bool is_whole)
{
    uint32_t *bucket = bucket_of(wanted->hash);
    uint32_t first = 0;
    uint32_t found = find_in_chain(wanted, &first);
    if (found)
        return found;
    uint32_t index = take(wanted->frames, is_whole);
    if (!index)
        return 0;
    struct sg_place *place = sg_places_get(index);
    uint32_t number = (uint32_t)place->generation++ << SG_PLACE_INDEX_BITS | index;
    fill(place, wanted, number);
    for (;;) {
        store(&place->next, first);
        uint32_t seen = first;
        if (__atomic_compare_exchange_n(bucket, &first, index, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            return number;
        found = find(first, seen, wanted);
        if (found) {
            give_back(index);
            return found;
        }
    }
}

static uint32_t hash_of(unsigned kind, const uint32_t *offsets, const uint16_t *modules, unsigned count)
{
    uint64_t hash = kind;
    for (unsigned i = 0; i < count; i++) {
        hash = (hash ^ ((uint64_t)modules[i] << 32 | offsets[i])) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return (uint32_t)hash;
}

uint32_t sg_places_unknown(unsigned kind)
{
    struct wanted wanted = {.kind = (uint8_t)kind, .flags = SG_PLACE_SHORT};
    wanted.hash = hash_of(kind, NULL, NULL, 0);
    return find_or_add(&wanted, false);
}

/* The innermost frames, as many as there is room for. */
static SG_NOINLINE uint32_t shorten(struct wanted *wanted)
{
    unsigned count = wanted->frames;
    uint32_t number = 0;
    wanted->flags = SG_PLACE_SHORT | (wanted->flags & SG_PLACE_NO_SCRIPT);
    for (size_t i = 0; i < SG_COUNT(levels) && !number; i++) {
        if (levels[i].frames >= count)
            continue;
        wanted->frames = levels[i].frames;
        wanted->hash = hash_of(wanted->kind, wanted->offsets, wanted->modules, wanted->frames);
        number = find_or_add(wanted, false);
    }
    if (!number)
        number = sg_places_unknown(wanted->kind);
    if (number)
        __atomic_add_fetch(&sg_arena->places.shortened, 1, __ATOMIC_RELAXED);
    return number;
}

uint32_t sg_places_intern(unsigned kind, const struct sg_stack *stack)
{
    uint32_t offsets[stack->count + 1];
    uint16_t modules[stack->count + 1];
    for (unsigned i = 0; i < stack->count; i++) {
        uint64_t position = stack->positions ? stack->positions[i] : sg_modules_position(stack->pcs[i]);
        offsets[i] = (uint32_t)position;
        modules[i] = (uint16_t)(position >> 32);
    }
    struct wanted wanted = {offsets, modules, .frames = (uint16_t)stack->count, .kind = (uint8_t)kind};
    wanted.flags = (uint8_t)stack->flags;
    wanted.hash = hash_of(kind, offsets, modules, stack->count);
    uint32_t number = find_or_add(&wanted, true);
    return SG_LIKELY(number != 0) ? number : shorten(&wanted);
}

/* ---- counters ---- */

bool sg_places_reopened(uint32_t number)
{
    struct sg_place *place = sg_places_get(number);
    if (!place)
        return false;
    __atomic_sub_fetch(&place->closed, 1, __ATOMIC_SEQ_CST);
    if (SG_LIKELY(__atomic_load_n(&place->number, __ATOMIC_SEQ_CST) == number))
        return true;
    __atomic_add_fetch(&place->closed, 1, __ATOMIC_SEQ_CST);
    return false;
}

/* Such a place stays, so that is counted before nothing is open there. */
uint32_t sg_places_collected(uint32_t number, uint32_t opening_tick)
{
    struct sg_place *place = sg_places_get(number);
    if (!place)
        return 0;
    __atomic_store_n(&place->collected_tick, opening_tick, __ATOMIC_RELAXED);
    uint32_t collected = __atomic_add_fetch(&place->collected, 1, __ATOMIC_SEQ_CST);
    sg_places_closed(number);
    return collected;
}

void sg_places_use_begins(uint32_t number)
{
    struct sg_place *place = sg_places_get(number);
    if (!place)
        return;
    uint32_t uses = __atomic_add_fetch(&place->in_use, 1, __ATOMIC_SEQ_CST);
    if (uses > __atomic_load_n(&place->in_use_peak, __ATOMIC_RELAXED))
        __atomic_store_n(&place->in_use_peak, uses, __ATOMIC_RELAXED);
}

void sg_places_use_ends(uint32_t number)
{
    struct sg_place *place = sg_places_get(number);
    if (place && __atomic_load_n(&place->in_use, __ATOMIC_RELAXED) > 0)
        __atomic_sub_fetch(&place->in_use, 1, __ATOMIC_RELAXED);
}

bool sg_places_use_is_peak(uint32_t number)
{
    const struct sg_place *place = sg_places_get(number);
    return place && __atomic_load_n(&place->in_use, __ATOMIC_RELAXED) > 0 &&
           __atomic_load_n(&place->in_use, __ATOMIC_RELAXED) >=
               __atomic_load_n(&place->in_use_peak, __ATOMIC_RELAXED);
}

void sg_places_freeze(void) { __atomic_add_fetch(&recycling()->is_frozen, 1, __ATOMIC_SEQ_CST); }
void sg_places_thaw(void) { __atomic_sub_fetch(&recycling()->is_frozen, 1, __ATOMIC_SEQ_CST); }

uint64_t sg_places_opened_in_all(void)
{
    uint64_t sum = __atomic_load_n(&sg_arena->places.recycled, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < SG_ARENA_BUCKETS; i++) {
        uint32_t index = load(&sg_arena_place_buckets[i]);
        for (const struct sg_place *place; (place = sg_places_get(index)); index = load(&place->next))
            sum += __atomic_load_n(&place->opened, __ATOMIC_RELAXED);
    }
    return sum;
}
