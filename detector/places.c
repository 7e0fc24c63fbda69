#include "places.h"
#include "modules.h"
#include "strings.h"

#include <string.h>

static uint32_t find(uint32_t from, uint32_t until, const struct sg_place *wanted, const uint32_t *frames,
                     size_t size)
{
    for (uint32_t at = from; at != until; at = sg_places_get(at)->next) {
        const struct sg_place *place = sg_places_get(at);
        if (place->hash == wanted->hash && place->kind == wanted->kind && place->flags == wanted->flags &&
            place->frames == wanted->frames && memcmp(sg_place_offsets(place), frames, size) == 0)
            return at;
    }
    return 0;
}

/* Adds a place that find() did not know. */
static uint32_t add(const struct sg_place *wanted, const uint32_t *frames, size_t size)
{
    uint32_t *bucket = &sg_arena_place_buckets[wanted->hash % SG_ARENA_BUCKETS];
    uint32_t first = __atomic_load_n(bucket, __ATOMIC_ACQUIRE);
    uint32_t found = find(first, 0, wanted, frames, size);
    if (found)
        return found;
    uint32_t fresh = sg_arena_take(SG_SECTION_PLACES, sg_place_size(wanted->frames)) / 8;
    if (!fresh)
        return 0;
    struct sg_place *place = sg_places_get(fresh);
    *place = *wanted;
    memcpy(place + 1, frames, size);
    for (;;) {
        place->next = first;
        uint32_t seen = first;
        if (__atomic_compare_exchange_n(bucket, &first, fresh, false, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
            return fresh;
        found = find(first, seen, wanted, frames, size);
        if (found)
            return found;
    }
}

uint32_t sg_places_intern(unsigned kind, const struct sg_stack *stack)
{
    struct sg_place wanted = {
        .frames = (uint16_t)stack->count, .kind = (uint8_t)kind, .flags = (uint8_t)stack->flags};
    /* Offsets and module numbers, as they stand behind a struct sg_place. */
    uint32_t frames[stack->count + (stack->count + 1) / 2 + 1];
    uint16_t *modules = (uint16_t *)(frames + stack->count);
    size_t size = (size_t)stack->count * 6;
    uint64_t hash = kind;
    for (unsigned i = 0; i < stack->count; i++) {
        uint64_t position = stack->positions ? stack->positions[i] : sg_modules_position(stack->pcs[i]);
        frames[i] = (uint32_t)position;
        modules[i] = (uint16_t)(position >> 32);
        hash = (hash ^ position) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    wanted.hash = (uint32_t)hash;
    return add(&wanted, frames, size);
}

void sg_places_reopened(uint32_t number)
{
    struct sg_place *place = sg_places_get(number);
    if (place)
        __atomic_sub_fetch(&place->closed, 1, __ATOMIC_RELAXED);
}

uint32_t sg_places_collected(uint32_t number, uint32_t opening_tick)
{
    struct sg_place *place = sg_places_get(number);
    if (!place)
        return 0;
    sg_places_closed(number);
    __atomic_store_n(&place->collected_tick, opening_tick, __ATOMIC_RELAXED);
    return __atomic_add_fetch(&place->collected, 1, __ATOMIC_RELAXED);
}

void sg_places_use_begins(uint32_t number)
{
    struct sg_place *place = sg_places_get(number);
    if (!place)
        return;
    uint32_t uses = __atomic_add_fetch(&place->in_use, 1, __ATOMIC_RELAXED);
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

uint64_t sg_places_opened_in_all(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < SG_ARENA_BUCKETS; i++) {
        uint32_t number = __atomic_load_n(&sg_arena_place_buckets[i], __ATOMIC_ACQUIRE);
        for (const struct sg_place *place; (place = sg_places_get(number)); number = place->next)
            sum += __atomic_load_n(&place->opened, __ATOMIC_RELAXED);
    }
    return sum;
}
