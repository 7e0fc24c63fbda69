#include "handles.h"
#include "arena.h"

/* Records lie densely, in the order in which they were first needed. The index
 * leads to them: tiers of buckets, each tier twice the one before. An entry of a
 * bucket is the number of a record and eight bits of the hash, or of these: */
#define FREE 0U /* the record may be used again */
#define BUSY 1U /* it is being made */
#define TAG 0xffU
#define TAG_BITS 8U

#define ENTRIES 16U        /* of a bucket: a line of the cache */
#define FIRST_TIER 128U    /* buckets */
#define NUMBERS (1U << 24) /* that an entry has room for */
#define NONE (NUMBERS - 1) /* of an entry that was used, and whose record is kept */

static uint64_t hash_of(uint64_t key) { return key * UINT64_C(0x9E3779B97F4A7C15); }

static uint32_t tag_of(uint64_t hash) { return (uint32_t)(hash >> 56) | 2U; }

struct tier {
    uint32_t *entries;
    uint64_t buckets; /* a power of two */
    uint64_t end;     /* in the section, in bytes */
};

static inline struct tier first_tier(void)
{
    return (struct tier){sg_arena_at(SG_SECTION_INDEX, 0), FIRST_TIER, FIRST_TIER * ENTRIES * 4};
}

static inline struct tier next_tier(struct tier tier)
{
    uint64_t buckets = tier.buckets * 2;
    return (struct tier){tier.entries + tier.buckets * ENTRIES, buckets, tier.end + buckets * ENTRIES * 4};
}

/* True if the tier was ever written to, so that there is a point in looking. */
static inline bool is_begun(struct tier tier)
{
    return tier.end <= __atomic_load_n(&sg_arena->sections[SG_SECTION_INDEX].size, __ATOMIC_ACQUIRE);
}

static inline uint32_t *bucket_of(struct tier tier, uint64_t hash)
{
    return tier.entries + (hash >> 24 & (tier.buckets - 1)) * ENTRIES;
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
    for (struct tier tier = first_tier(); is_begun(tier); tier = next_tier(tier)) {
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
    return number < NONE ? number : 0;
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
    for (struct tier tier = first_tier(); is_begun(tier) || sg_arena_grow(SG_SECTION_INDEX, tier.end);
         tier = next_tier(tier)) {
        uint32_t *bucket = bucket_of(tier, hash);
        for (unsigned i = 0; i < ENTRIES; i++)
            if (claim_entry(&bucket[i]))
                return &bucket[i];
    }
    return NULL;
}

/* Puts a handle in, with relations as `like` has them; what makes it visible
 * comes last. */
static inline __attribute__((always_inline)) struct sg_handle *put(uint64_t key,
                                                                   const struct sg_record *record,
                                                                   uint64_t life,
                                                                   const struct sg_handle *like)
{
    uint64_t hash = hash_of(key);
    uint32_t *entry = claim(hash);
    if (!entry)
        return NULL;
    uint32_t number = __atomic_load_n(entry, __ATOMIC_RELAXED) >> TAG_BITS;
    if (!number || number == NONE)
        number = fresh_number();
    if (!number) { /* others may lie behind it by now, so it does not become one never used */
        __atomic_store_n(entry, NONE << TAG_BITS | FREE, __ATOMIC_RELEASE);
        return NULL;
    }
    struct sg_handle *slot = slot_at(number);
    __atomic_store_n(&slot->key, key, __ATOMIC_RELEASE);
    slot->record.owner = record->owner;
    slot->record.thread = record->thread;
    slot->record.kind = record->kind;
    slot->record.provider = record->provider;
    slot->record.outcome = SG_OUTCOME_OPEN;
    slot->record.reason = SG_REASON_NONE;
    slot->record.serial = record->serial;
    __atomic_store_n(&slot->record.peer, record->peer, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->record.used, record->used, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->member_of, like ? like->member_of : 0, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->uses, like ? like->uses : 0, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->use, like ? like->use : 0, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->heir, like ? like->heir : 0, __ATOMIC_RELAXED);
    slot->owned = 0;
    for (unsigned i = 0; i < SG_COUNT(slot->before); i++)
        __atomic_store_n(&slot->before[i], like ? like->before[i] : 0, __ATOMIC_RELAXED);
    __atomic_store_n(entry, number << TAG_BITS | tag_of(hash), __ATOMIC_RELEASE);
    __atomic_store_n(&slot->record.life, life, __ATOMIC_RELEASE);
    return slot;
}

struct sg_handle *sg_handles_put(uint64_t key, const struct sg_record *fresh, uint64_t *stale)
{
    struct sg_handle *old = find(key, -1);
    *stale = old ? sg_handles_take(old) : 0;
    return put(key, fresh, fresh->life, NULL);
}

bool sg_handles_return(const struct sg_handle *copy, uint64_t life)
{
    return put(copy->key, &copy->record, life, copy) != NULL;
}

/* Only who took the record out may do this, or its key. The next who needs the entry gets
 * the record `then` with it. */
static void free_entry(const struct sg_handle *slot, uint64_t key, uint32_t then)
{
    uint32_t number = (uint32_t)(slot - slot_at(0));
    uint64_t hash = hash_of(key);
    for (struct tier tier = first_tier(); is_begun(tier); tier = next_tier(tier)) {
        uint32_t *bucket = bucket_of(tier, hash);
        for (unsigned i = 0; i < ENTRIES; i++)
            if (__atomic_load_n(&bucket[i], __ATOMIC_RELAXED) >> TAG_BITS == number) {
                __atomic_store_n(&bucket[i], then << TAG_BITS | FREE, __ATOMIC_RELEASE);
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
            free_entry(slot, slot->key, (uint32_t)(slot - slot_at(0)));
            return life;
        }
    return 0;
}

void sg_handles_keep(struct sg_handle *slot)
{
    uint64_t key = __atomic_exchange_n(&slot->key, 0, __ATOMIC_ACQ_REL);
    if (key)
        free_entry(slot, key, NONE);
}

struct sg_handle *sg_handles_slot(uint64_t index)
{
    uint64_t size = __atomic_load_n(&sg_arena->sections[SG_SECTION_HANDLES].size, __ATOMIC_ACQUIRE);
    return index < size / sizeof(struct sg_handle) ? slot_at((uint32_t)index) : NULL;
}
