#include "handles.h"
#include "arena.h"

/* Records lie densely, in the order in which they were first needed. The index
 * leads to them: tiers of buckets, each tier twice the one before. An entry of a
 * bucket is the number of a record and eight bits of the hash, or of these: */
#define FREE 0U /* the record may be used again */
#define BUSY 1U /* it is being made, or there was no room for one */
#define TAG 0xffU
#define TAG_BITS 8U

#define ENTRIES 16U        /* of a bucket: a line of the cache */
#define FIRST_TIER 128U    /* buckets */
#define NUMBERS (1U << 24) /* that an entry has room for */

static uint64_t hash_of(uint64_t key) { return key * UINT64_C(0x9E3779B97F4A7C15); }

static uint32_t tag_of(uint64_t hash) { return (uint32_t)(hash >> 56) | 2U; }

static uint64_t tier_end(unsigned tier) { return ((UINT64_C(2) << tier) - 1) * FIRST_TIER * ENTRIES * 4; }

/* True if the tier was ever written to, so that there is a point in looking. */
static bool is_begun(unsigned tier)
{
    uint64_t size = __atomic_load_n(&sg_arena->sections[SG_SECTION_INDEX].size, __ATOMIC_ACQUIRE);
    return tier_end(tier) <= size;
}

static uint32_t *bucket_of(unsigned tier, uint64_t hash)
{
    uint64_t before = ((UINT64_C(1) << tier) - 1) * FIRST_TIER;
    uint64_t number = hash >> 24 & (((uint64_t)FIRST_TIER << tier) - 1);
    return (uint32_t *)sg_arena_at(SG_SECTION_INDEX, 0) + (before + number) * ENTRIES;
}

static struct sg_handle *slot_at(uint32_t number)
{
    return (struct sg_handle *)sg_arena_at(SG_SECTION_HANDLES, 0) + number;
}

static bool holds(const struct sg_handle *slot, uint64_t key, int kind)
{
    /* The key is read again after the life: in between the record may have gone
     * to another handle, and is not to be touched. */
    return __atomic_load_n(&slot->key, __ATOMIC_ACQUIRE) == key &&
           sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE)) &&
           __atomic_load_n(&slot->key, __ATOMIC_RELAXED) == key && (kind < 0 || slot->record.kind == kind);
}

/* An entry that was never used ends the search: the bucket was never full, so
 * nothing went on to the next tier. */
static struct sg_handle *find(uint64_t key, int kind)
{
    uint64_t hash = hash_of(key);
    for (unsigned tier = 0; is_begun(tier); tier++) {
        const uint32_t *bucket = bucket_of(tier, hash);
        for (unsigned i = 0; i < ENTRIES; i++) {
            uint32_t entry = __atomic_load_n(&bucket[i], __ATOMIC_ACQUIRE);
            if (!entry)
                return NULL;
            if ((entry & TAG) == tag_of(hash) && holds(slot_at(entry >> TAG_BITS), key, kind))
                return slot_at(entry >> TAG_BITS);
        }
    }
    return NULL;
}

struct sg_handle *sg_handles_find(unsigned kind, uint64_t key) { return find(key, (int)kind); }

/* Record 0 stands for none. */
static uint32_t fresh_number(void)
{
    (void)sg_arena_grow(SG_SECTION_HANDLES, sizeof(struct sg_handle));
    uint32_t number =
        sg_arena_take(SG_SECTION_HANDLES, sizeof(struct sg_handle)) / (uint32_t)sizeof(struct sg_handle);
    return number < NUMBERS ? number : 0;
}

/* Makes the entry busy if it is free, or was never used. */
static bool claim_entry(uint32_t *at)
{
    uint32_t entry = __atomic_load_n(at, __ATOMIC_RELAXED);
    while ((entry & TAG) == FREE)
        if (__atomic_compare_exchange_n(at, &entry, entry | BUSY, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    return false;
}

static uint32_t *claim(uint64_t hash)
{
    for (unsigned tier = 0; is_begun(tier) || sg_arena_grow(SG_SECTION_INDEX, tier_end(tier)); tier++) {
        uint32_t *bucket = bucket_of(tier, hash);
        for (unsigned i = 0; i < ENTRIES; i++)
            if (claim_entry(&bucket[i]))
                return &bucket[i];
    }
    return NULL;
}

/* Puts a handle in; what makes it visible comes last. */
static struct sg_handle *put(const struct sg_handle *from, uint64_t life)
{
    uint64_t hash = hash_of(from->key);
    uint32_t *entry = claim(hash);
    if (!entry)
        return NULL;
    uint32_t number = __atomic_load_n(entry, __ATOMIC_RELAXED) >> TAG_BITS;
    if (!number)
        number = fresh_number();
    if (!number)
        return NULL; /* the entry stays busy: others may lie behind it by now */
    struct sg_handle *slot = slot_at(number);
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
    __atomic_store_n(entry, number << TAG_BITS | tag_of(hash), __ATOMIC_RELEASE);
    __atomic_store_n(&slot->record.life, life, __ATOMIC_RELEASE);
    return slot;
}

struct sg_handle *sg_handles_put(uint64_t key, const struct sg_record *fresh, uint64_t *stale)
{
    struct sg_handle *old = find(key, -1);
    *stale = old ? sg_handles_take(old) : 0;
    return put(&(struct sg_handle){.key = key, .record = *fresh}, fresh->life);
}

bool sg_handles_return(const struct sg_handle *copy, uint64_t life) { return put(copy, life) != NULL; }

/* Only who took the record out may do this, and the key is still the old one. */
static void free_entry(const struct sg_handle *slot)
{
    uint32_t number = (uint32_t)(slot - slot_at(0));
    uint64_t hash = hash_of(slot->key);
    for (unsigned tier = 0; is_begun(tier); tier++) {
        uint32_t *bucket = bucket_of(tier, hash);
        for (unsigned i = 0; i < ENTRIES; i++)
            if (__atomic_load_n(&bucket[i], __ATOMIC_RELAXED) >> TAG_BITS == number) {
                __atomic_store_n(&bucket[i], number << TAG_BITS | FREE, __ATOMIC_RELEASE);
                return;
            }
    }
}

uint64_t sg_handles_take(struct sg_handle *slot)
{
    uint64_t life = __atomic_load_n(&slot->record.life, __ATOMIC_RELAXED);
    while (sg_life_is_open(life))
        if (__atomic_compare_exchange_n(&slot->record.life, &life, 0, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
            free_entry(slot);
            return life;
        }
    return 0;
}

struct sg_handle *sg_handles_slot(uint64_t index)
{
    uint64_t size = __atomic_load_n(&sg_arena->sections[SG_SECTION_HANDLES].size, __ATOMIC_ACQUIRE);
    return index < size / sizeof(struct sg_handle) ? slot_at((uint32_t)index) : NULL;
}
