#include "memo.h"
#include "arena.h"

#define WAYS 4U      /* entries of a set */
#define FEW_SETS 32U /* what most programs need */
#define MANY_SETS 2048U
#define EVICTIONS 256U /* after so many, few sets are too few */
#define WORDS 20U      /* of a block: a stack of the usual depth */
#define BLOCKS 8U      /* of an entry */
#define BRANCHES 6U    /* from a set on, one entry each */
#define SPARE 64U      /* blocks */
#define MANY_SPARE 4096U

/* In an offset: the value is a saved frame pointer, less the CFA. */
#define RELATIVE 0x8000U

/* Words of the stack: how many words above the CFA they are, and what they were. */
struct block {
    uint16_t offsets[WORDS]; /* atomic */
    uintptr_t values[WORDS]; /* atomic */
};

/* Every field is atomic. `sequence` is odd while the entry is being written. What
 * is written is released and what is read acquired, so that a reader who has
 * seen any of it sees the sequence number change, too.
 * The blocks of deep stacks stay with the entry that first needed them. */
struct sg_memo_entry {
    uint32_t sequence;
    uint32_t place;
    uintptr_t caller;
    uint64_t era;
    uintptr_t fp; /* less the CFA */
    uint16_t n_words;
    uint8_t kind;
    bool uses_fp;
    struct block first;
    struct block *more[BLOCKS - 1];
};

static struct sg_memo_entry few[FEW_SETS * WAYS];
static struct block spare[SPARE];
static uint32_t n_spare;   /* atomic: those that are taken */
static uint32_t evictions; /* atomic */

/* What there is in the arena, once few are too few. */
struct many {
    struct sg_memo_entry entries[MANY_SETS * WAYS];
    struct block spare[MANY_SPARE];
};

static inline bool has_many(void)
{
    return __atomic_load_n(&sg_arena->sections[SG_SECTION_MEMO].size, __ATOMIC_ACQUIRE) != 0;
}

static struct many *many(void) { return sg_arena_at(SG_SECTION_MEMO, 0); }

/* Two paths to one call have seldom the same stack pointer: its bits within a
 * page tell them apart, and are the same in every thread. */
static inline uint64_t key_of(const struct sg_memo_start *start)
{
    return start->caller ^ (uint64_t)start->kind << 32 ^ (uint64_t)(start->cfa & 0xff0) << 16;
}

static inline uint64_t mix(uint64_t key) { return key * UINT64_C(0x9E3779B97F4A7C15) >> 48; }

static inline struct sg_memo_entry *set_of(const struct sg_memo_start *start)
{
    if (SG_UNLIKELY(has_many()))
        return &many()->entries[mix(key_of(start)) % MANY_SETS * WAYS];
    return &few[mix(key_of(start)) % FEW_SETS * WAYS];
}

/* Other threads may change an entry meanwhile, so no offset is trusted. What is
 * marked as relative is beyond the room too, so that one comparison finds both. */
static inline __attribute__((always_inline)) bool is_word(const struct block *block, unsigned i,
                                                          const uintptr_t *stack, unsigned room)
{
    unsigned offset = __atomic_load_n(&block->offsets[i], __ATOMIC_ACQUIRE);
    uintptr_t value = __atomic_load_n(&block->values[i], __ATOMIC_ACQUIRE);
    if (SG_LIKELY(offset < room))
        return stack[offset] == value;
    offset -= RELATIVE;
    return offset < room && stack[offset] == value + (uintptr_t)stack;
}

/* Two at a time: if they are odd, the last one stands there twice. */
static inline bool is_equal(const struct block *block, unsigned n_words, const struct sg_memo_start *start)
{
    const uintptr_t *stack = (const uintptr_t *)start->cfa; /* NOLINT(performance-no-int-to-ptr) */
    uintptr_t words = (start->high - start->cfa) / sizeof *stack;
    unsigned room = words < RELATIVE ? (unsigned)words : RELATIVE;
    for (unsigned i = 0; i < n_words; i += 2)
        if (!is_word(block, i, stack, room) || !is_word(block, i + 1, stack, room))
            return false;
    return true;
}

/* Words are compared in the order in which the walk read them. As long as all
 * before it are equal, the walk would read the next one too: so no word is read
 * that the walk would not read. */
static bool are_equal(const struct sg_memo_entry *entry, const struct sg_memo_start *start)
{
    unsigned left = __atomic_load_n(&entry->n_words, __ATOMIC_ACQUIRE);
    const struct block *block = &entry->first;
    for (unsigned i = 0; SG_UNLIKELY(left > WORDS); i++, left -= WORDS) {
        if (!is_equal(block, WORDS, start) || i == BLOCKS - 1)
            return false;
        block = __atomic_load_n(&entry->more[i], __ATOMIC_ACQUIRE);
        if (!block)
            return false;
    }
    return is_equal(block, left, start);
}

static inline uint32_t place_for(const struct sg_memo_entry *entry, const struct sg_memo_start *start)
{
    uint32_t sequence = __atomic_load_n(&entry->sequence, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&entry->caller, __ATOMIC_ACQUIRE) != start->caller ||
        __atomic_load_n(&entry->era, __ATOMIC_ACQUIRE) != start->era ||
        __atomic_load_n(&entry->kind, __ATOMIC_ACQUIRE) != start->kind || (sequence & 1) ||
        (__atomic_load_n(&entry->uses_fp, __ATOMIC_ACQUIRE) &&
         __atomic_load_n(&entry->fp, __ATOMIC_ACQUIRE) != start->fp - start->cfa) ||
        !are_equal(entry, start))
        return 0;
    uint32_t place = __atomic_load_n(&entry->place, __ATOMIC_ACQUIRE);
    return __atomic_load_n(&entry->sequence, __ATOMIC_RELAXED) == sequence ? place : 0;
}

static inline bool has_same_call(const struct sg_memo_entry *entry, const struct sg_memo_start *start)
{
    return __atomic_load_n(&entry->caller, __ATOMIC_ACQUIRE) == start->caller &&
           __atomic_load_n(&entry->era, __ATOMIC_ACQUIRE) == start->era &&
           __atomic_load_n(&entry->kind, __ATOMIC_ACQUIRE) == start->kind;
}

/* Many paths may lead to one call at one stack pointer, more than its set has room
 * for. They part somewhere: at the first word in which they differ from the
 * oldest entry. What stands there says which entry comes next, as in a tree. NULL
 * where the tree ends. */
static struct sg_memo_entry *branch(const struct sg_memo_entry *entry, const struct sg_memo_start *start,
                                    uint64_t *key)
{
    const uintptr_t *stack = (const uintptr_t *)start->cfa; /* NOLINT(performance-no-int-to-ptr) */
    uintptr_t words = (start->high - start->cfa) / sizeof *stack;
    unsigned room = words < RELATIVE ? (unsigned)words : RELATIVE;
    const struct block *block = &entry->first;
    unsigned count = __atomic_load_n(&entry->n_words, __ATOMIC_ACQUIRE);
    for (unsigned i = 0; i < count && i < WORDS; i++) {
        unsigned offset = __atomic_load_n(&block->offsets[i], __ATOMIC_ACQUIRE);
        uintptr_t value = __atomic_load_n(&block->values[i], __ATOMIC_ACQUIRE);
        unsigned at = offset & (RELATIVE - 1);
        if (at >= room)
            return NULL;
        uintptr_t word = stack[at];
        if (word == value + (offset & RELATIVE ? (uintptr_t)stack : 0))
            continue;
        *key = (*key ^ word) * UINT64_C(0xD6E8FEB86659FD93) + i;
        return &many()->entries[mix(*key) % (MANY_SETS * WAYS)];
    }
    return NULL;
}

/* The oldest entry of this call in its set, where the tree begins. */
static struct sg_memo_entry *root(struct sg_memo_entry *set, const struct sg_memo_start *start)
{
    for (unsigned way = 0; way < WAYS; way++)
        if (has_same_call(&set[way], start))
            return &set[way];
    return NULL;
}

static uint32_t find_in_tree(struct sg_memo_entry *entry, const struct sg_memo_start *start)
{
    uint64_t key = key_of(start);
    uint32_t place = 0;
    for (unsigned i = 0; i < BRANCHES && entry && !place; i++) {
        entry = branch(entry, start, &key);
        if (entry && !has_same_call(entry, start))
            return 0;
        place = entry ? place_for(entry, start) : 0;
    }
    return place;
}

uint32_t sg_memo_find(const struct sg_memo_start *start)
{
    if (SG_UNLIKELY(!start->era))
        return 0; /* an entry that was dropped while it was written has none either */
    struct sg_memo_entry *set = set_of(start);
    for (unsigned way = 0; way < WAYS; way++) {
        uint32_t place = place_for(&set[way], start);
        if (place)
            return place;
    }
    return has_many() ? find_in_tree(root(set, start), start) : 0;
}

/* An entry that is void, or the end of a branch, or else any of the set. */
static struct sg_memo_entry *choose(const struct sg_memo_start *start)
{
    uint64_t key = key_of(start);
    struct sg_memo_entry *set = set_of(start);
    for (unsigned way = 0; way < WAYS; way++)
        if (__atomic_load_n(&set[way].era, __ATOMIC_RELAXED) != start->era &&
            !(__atomic_load_n(&set[way].sequence, __ATOMIC_RELAXED) & 1))
            return &set[way];
    struct sg_memo_entry *entry = has_many() ? root(set, start) : NULL;
    for (unsigned i = 0; i < BRANCHES && entry; i++) {
        entry = branch(entry, start, &key);
        if (entry && !has_same_call(entry, start))
            return entry;
    }
    uint32_t count = __atomic_add_fetch(&evictions, 1, __ATOMIC_RELAXED);
    if (count % EVICTIONS == 0 && !has_many() && sg_arena_wish(SG_SECTION_MEMO, sizeof(struct many)))
        set = set_of(start);
    return &set[count % WAYS];
}

/* The note has no entry if another thread writes it. One that a fork left behind
 * in the middle of writing is lost. */
struct sg_memo_note sg_memo_begin(const struct sg_memo_start *start)
{
    struct sg_memo_entry *chosen = choose(start);
    uint32_t sequence = __atomic_load_n(&chosen->sequence, __ATOMIC_RELAXED);
    bool is_ours = start->era != 0 && !(sequence & 1) &&
                   __atomic_compare_exchange_n(&chosen->sequence, &sequence, sequence + 1, false,
                                               __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
    return (struct sg_memo_note){.entry = is_ours ? chosen : NULL, .cfa = start->cfa};
}

static struct block *spare_block(void)
{
    uint32_t end = SPARE + (has_many() ? MANY_SPARE : 0);
    uint32_t index = __atomic_load_n(&n_spare, __ATOMIC_RELAXED);
    do {
        if (index >= end)
            return NULL;
    } while (
        !__atomic_compare_exchange_n(&n_spare, &index, index + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return index < SPARE ? &spare[index] : &many()->spare[index - SPARE];
}

static struct block *block_for(struct sg_memo_entry *entry, unsigned word)
{
    unsigned number = word / WORDS;
    if (number == 0)
        return &entry->first;
    if (number >= BLOCKS)
        return NULL;
    struct block *block = entry->more[number - 1];
    if (!block) {
        block = spare_block();
        __atomic_store_n(&entry->more[number - 1], block, __ATOMIC_RELEASE);
    }
    return block;
}

static void finish_writing(struct sg_memo_entry *entry)
{
    __atomic_add_fetch(&entry->sequence, 1, __ATOMIC_RELEASE);
}

static void drop(struct sg_memo_note *note)
{
    __atomic_store_n(&note->entry->era, 0, __ATOMIC_RELEASE);
    finish_writing(note->entry);
    note->entry = NULL;
}

void sg_memo_word(struct sg_memo_note *note, uintptr_t address, uintptr_t value, bool is_relative)
{
    if (!note->entry)
        return;
    uintptr_t offset = (address - note->cfa) / sizeof value;
    struct block *block = block_for(note->entry, note->count);
    if (!block || offset >= RELATIVE) {
        drop(note);
        return;
    }
    unsigned at = note->count++ % WORDS;
    __atomic_store_n(&block->offsets[at], (uint16_t)(offset | (is_relative ? RELATIVE : 0)),
                     __ATOMIC_RELEASE);
    __atomic_store_n(&block->values[at], is_relative ? value - note->cfa : value, __ATOMIC_RELEASE);
}

/* See is_equal(). */
static void repeat_last(struct sg_memo_entry *entry, unsigned count)
{
    unsigned last = count - 1;
    struct block *block = last / WORDS ? entry->more[last / WORDS - 1] : &entry->first;
    __atomic_store_n(&block->offsets[count % WORDS], block->offsets[last % WORDS], __ATOMIC_RELEASE);
    __atomic_store_n(&block->values[count % WORDS], block->values[last % WORDS], __ATOMIC_RELEASE);
}

void sg_memo_end(struct sg_memo_note *note, const struct sg_memo_start *start, uint32_t place)
{
    struct sg_memo_entry *entry = note->entry;
    if (!entry)
        return;
    if (!place) {
        drop(note);
        return;
    }
    if (note->count % 2)
        repeat_last(entry, note->count);
    __atomic_store_n(&entry->place, place, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->caller, start->caller, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->era, start->era, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->fp, start->fp - start->cfa, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->n_words, (uint16_t)note->count, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->kind, (uint8_t)start->kind, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->uses_fp, note->uses_fp, __ATOMIC_RELEASE);
    finish_writing(entry);
    note->entry = NULL;
}
