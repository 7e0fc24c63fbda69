#include "handles.h"
#include "arena.h"

#define FIRST_TIER 2048U /* slots */
#define WINDOW 64U       /* slots of a tier in which a handle may lie */
#define BEING_MADE 1U

struct tier {
    struct sg_handle *slots;
    uint64_t size; /* slots; a power of two */
};

static uint64_t capacity(void)
{
    return sg_arena->sections[SG_SECTION_HANDLES].capacity / sizeof(struct sg_handle);
}

/* Tier `number`, or one of size 0 when the section ends before it does. */
static struct tier tier_at(unsigned number)
{
    uint64_t size = (uint64_t)FIRST_TIER << number;
    uint64_t before = size - FIRST_TIER;
    if (before + size > capacity())
        return (struct tier){0};
    return (struct tier){(struct sg_handle *)sg_arena_at(SG_SECTION_HANDLES, 0) + before, size};
}

/* Pointers differ in their middle bits; a multiplication moves these up. */
static uint64_t hash(uint64_t key) { return (key * UINT64_C(0x9E3779B97F4A7C15)) >> 20; }

static struct sg_handle *slot_of(struct tier tier, uint64_t key, unsigned step)
{
    return &tier.slots[(hash(key) + step) & (tier.size - 1)];
}

/* True if the tier was ever written to, so that there is a point in looking. */
static bool is_begun(struct tier tier)
{
    uint64_t used = __atomic_load_n(&sg_arena->sections[SG_SECTION_HANDLES].size, __ATOMIC_ACQUIRE);
    return tier.size && (uint64_t)((char *)tier.slots - (char *)sg_arena_at(SG_SECTION_HANDLES, 0)) < used;
}

static bool begin(struct tier tier)
{
    uint64_t end =
        (uint64_t)(tier.slots + tier.size - (struct sg_handle *)sg_arena_at(SG_SECTION_HANDLES, 0));
    return sg_arena_grow(SG_SECTION_HANDLES, end * sizeof(struct sg_handle));
}

static struct sg_handle *find(uint64_t key, int kind)
{
    struct tier tier;
    for (unsigned number = 0; is_begun(tier = tier_at(number)); number++) {
        for (unsigned step = 0; step < WINDOW; step++) {
            struct sg_handle *slot = slot_of(tier, key, step);
            /* A slot that another thread has claimed has no key yet, but ours
             * may lie behind it. Only one that is free as well was never used;
             * the life is read first, as what has been freed has its key. */
            uint64_t life = __atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE);
            uint64_t there = __atomic_load_n(&slot->key, __ATOMIC_ACQUIRE);
            if (there == 0 && life == 0)
                break;
            /* The key is read again after the life: in between the slot may
             * have gone to another handle, whose record is not to be touched. */
            if (there == key && sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE)) &&
                __atomic_load_n(&slot->key, __ATOMIC_RELAXED) == key &&
                (kind < 0 || slot->record.kind == kind))
                return slot;
        }
    }
    return NULL;
}

struct sg_handle *sg_handles_find(unsigned kind, uint64_t key) { return find(key, (int)kind); }

/* A free slot for the key, claimed: its life is BEING_MADE. */
static struct sg_handle *claim(uint64_t key)
{
    struct tier tier;
    for (unsigned number = 0; (tier = tier_at(number)).size; number++) {
        if (!is_begun(tier) && !begin(tier))
            return NULL;
        for (unsigned step = 0; step < WINDOW; step++) {
            struct sg_handle *slot = slot_of(tier, key, step);
            uint64_t life = __atomic_load_n(&slot->record.life, __ATOMIC_RELAXED);
            if (life == 0 && __atomic_compare_exchange_n(&slot->record.life, &life, BEING_MADE, false,
                                                         __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
                return slot;
        }
    }
    return NULL;
}

/* Fills a claimed slot; what makes it visible comes last. */
static void fill(struct sg_handle *slot, const struct sg_handle *from, uint64_t life)
{
    __atomic_store_n(&slot->key, from->key, __ATOMIC_RELEASE);
    slot->record.owner = from->record.owner;
    slot->record.thread = from->record.thread;
    slot->record.kind = from->record.kind;
    slot->record.provider = from->record.provider;
    slot->record.outcome = SG_OUTCOME_OPEN;
    slot->record.reason = SG_REASON_NONE;
    slot->record.serial = from->record.serial;
    __atomic_store_n(&slot->record.peer, from->record.peer, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->record.used, from->record.used, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->member_of, from->member_of, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->uses, from->uses, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->in_use, from->in_use, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->heir, from->heir, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->record.life, life, __ATOMIC_RELEASE);
}

struct sg_handle *sg_handles_put(uint64_t key, const struct sg_record *fresh, uint64_t *stale)
{
    struct sg_handle *old = find(key, -1);
    *stale = old ? sg_handles_take(old) : 0;
    struct sg_handle *slot = claim(key);
    if (slot)
        fill(slot, &(struct sg_handle){.key = key, .record = *fresh}, fresh->life);
    return slot;
}

bool sg_handles_return(const struct sg_handle *copy, uint64_t life)
{
    struct sg_handle *slot = claim(copy->key);
    if (slot)
        fill(slot, copy, life);
    return slot != NULL;
}

uint64_t sg_handles_take(struct sg_handle *slot)
{
    uint64_t life = __atomic_load_n(&slot->record.life, __ATOMIC_RELAXED);
    while (sg_life_is_open(life))
        if (__atomic_compare_exchange_n(&slot->record.life, &life, 0, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
            return life;
    return 0;
}

struct sg_handle *sg_handles_slot(uint64_t index)
{
    uint64_t size = __atomic_load_n(&sg_arena->sections[SG_SECTION_HANDLES].size, __ATOMIC_ACQUIRE);
    if (index >= size / sizeof(struct sg_handle))
        return NULL;
    return (struct sg_handle *)sg_arena_at(SG_SECTION_HANDLES, 0) + index;
}
