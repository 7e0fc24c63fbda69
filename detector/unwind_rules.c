#include "unwind_rules.h"
#include "arena.h"
#include "modules.h"

#define ENTRIES 4096U

/* Four words that threads read and write without a lock. The first is a sum of
 * the address and the other three, by which a reader knows that all are of one
 * entry. The words are multiplied: as they are, position and address differ
 * between two entries by the same bits, and their sum would hide that. */
struct entry {
    uint64_t check, position, offsets, era;
};

static struct entry entries[ENTRIES];

#define FROM_FP (UINT64_C(1) << 60)
#define FP_SAVED (UINT64_C(1) << 61)
#define START (UINT64_C(1) << 62)
#define OFFSET_BITS 24 /* for the CFA; places near it take 16 */

static uint64_t sum(uint64_t position, uint64_t offsets, uint64_t era)
{
    return (position * UINT64_C(0xBF58476D1CE4E5B9)) ^ (offsets * UINT64_C(0x94D049BB133111EB)) ^ era;
}

static struct entry *entry_of(uintptr_t pc) { return &entries[(pc * UINT64_C(0x9E3779B97F4A7C15)) >> 52]; }

static bool fits(int32_t offset, unsigned bits)
{
    int32_t limit = (int32_t)1 << (bits - 1);
    return offset >= -limit && offset < limit;
}

static int32_t take(uint64_t offsets, unsigned shift, unsigned bits)
{
    return (int32_t)((int64_t)(offsets << (64 - shift - bits)) >> (64 - bits));
}

static uint64_t put(int32_t offset, unsigned shift, unsigned bits)
{
    return ((uint64_t)(int64_t)offset & ((UINT64_C(1) << bits) - 1)) << shift;
}

static uint64_t pack(const struct sg_cfi_rule *rule)
{
    return put(rule->cfa, 0, OFFSET_BITS) | put(rule->ra, 24, 16) | put(rule->fp, 40, 16) |
           (rule->is_from_fp ? FROM_FP : 0) | (rule->is_fp_saved ? FP_SAVED : 0) |
           (rule->is_start ? START : 0);
}

static struct sg_cfi_rule unpack(uint64_t offsets)
{
    return (struct sg_cfi_rule){.cfa = take(offsets, 0, OFFSET_BITS),
                                .ra = take(offsets, 24, 16),
                                .fp = take(offsets, 40, 16),
                                .is_from_fp = offsets & FROM_FP,
                                .is_fp_saved = offsets & FP_SAVED,
                                .is_start = offsets & START};
}

static bool find(uintptr_t pc, uint64_t era, struct sg_unwind_rule *rule)
{
    if (!sg_cfi_find_rule(pc, &rule->cfi))
        return false;
    rule->position = sg_modules_position(pc - 1);
    /* An odd frame is unwound all the same, just not remembered. */
    if (!era || !fits(rule->cfi.cfa, OFFSET_BITS) || !fits(rule->cfi.ra, 16) || !fits(rule->cfi.fp, 16))
        return true;
    struct entry *entry = entry_of(pc);
    uint64_t offsets = pack(&rule->cfi);
    __atomic_store_n(&entry->position, rule->position, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->offsets, offsets, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->era, era, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->check, pc ^ sum(rule->position, offsets, era), __ATOMIC_RELAXED);
    return true;
}

bool sg_unwind_rules_get(uintptr_t pc, uint64_t era, struct sg_unwind_rule *rule)
{
    const struct entry *entry = entry_of(pc);
    uint64_t position = __atomic_load_n(&entry->position, __ATOMIC_RELAXED);
    uint64_t offsets = __atomic_load_n(&entry->offsets, __ATOMIC_RELAXED);
    uint64_t there = __atomic_load_n(&entry->era, __ATOMIC_RELAXED);
    uint64_t check = __atomic_load_n(&entry->check, __ATOMIC_RELAXED);
    if (SG_UNLIKELY((check ^ sum(position, offsets, there)) != pc || there != era))
        return find(pc, era, rule);
    rule->cfi = unpack(offsets);
    rule->position = position;
    return true;
}
