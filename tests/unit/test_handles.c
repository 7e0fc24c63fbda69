/* The table of handles: tiers, buckets, records that are used again, and exact
 * numbers under threads. */
#include "handles.h"
#include "testing.h"

/* The table's own numbers: a first tier of 128 buckets, and 16 entries of each
 * bucket; an entry is the number of a record above eight other bits. */
enum { ENTRIES = 16, FIRST_TIER = 128 * ENTRIES };

static struct sg_record record_of(unsigned kind, uint64_t life)
{
    return (struct sg_record){.life = life, .thread = 5, .kind = (uint8_t)kind, .serial = (uint32_t)life};
}

static struct sg_handle *put(uint64_t key, uint64_t life)
{
    uint64_t stale = 1;
    struct sg_record fresh = record_of(0, life);
    struct sg_handle *slot = sg_handles_put(key, &fresh, &stale);
    ck_assert_uint_eq(stale, 0);
    return slot;
}

static uint64_t index_of(const struct sg_handle *slot) { return (uint64_t)(slot - sg_handles_slot(0)); }

static uint64_t count_open(void)
{
    uint64_t count = 0;
    const struct sg_handle *slot;
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        count += sg_life_is_open(slot->record.life);
    return count;
}

static uint32_t *index_entries(void) { return sg_arena_at(SG_SECTION_INDEX, 0); }

/* Where in the index the slot's number stands. */
static unsigned entry_of(const struct sg_handle *slot)
{
    unsigned at = 0;
    while (index_entries()[at] >> 8 != index_of(slot))
        at++;
    return at;
}

/* Keys of the same bucket of the first tier as `first`. Needs an empty table,
 * and leaves one. */
static void find_colliding(uint64_t first, uint64_t *keys, unsigned count)
{
    struct sg_handle *slot = put(first, 2);
    unsigned wanted = entry_of(slot) / ENTRIES;
    sg_handles_take(slot);
    unsigned found = 0;
    for (uint64_t key = first + 16; found < count; key += 16) {
        slot = put(key, 2);
        if (entry_of(slot) / ENTRIES == wanted)
            keys[found++] = key;
        sg_handles_take(slot);
    }
    /* Back to a table that was never used. */
    memset((void *)sg_handles_slot(0), 0, sg_arena->sections[SG_SECTION_HANDLES].size);
    sg_arena->sections[SG_SECTION_HANDLES].size = 0;
    memset(index_entries(), 0, sg_arena->sections[SG_SECTION_INDEX].size);
    sg_arena->sections[SG_SECTION_INDEX].size = 0;
}

START_TEST(a_record_is_put_found_and_taken)
{
    ck_assert(sg_arena_enter());
    ck_assert_ptr_null(sg_handles_slot(0));
    ck_assert_ptr_null(sg_handles_find(3, 0x1000));
    struct sg_record fresh = record_of(3, 77);
    fresh.owner = 11;
    fresh.provider = 2;
    uint64_t stale = 9;
    struct sg_handle *slot = sg_handles_put(0x1000, &fresh, &stale);
    ck_assert_ptr_nonnull(slot);
    ck_assert_uint_eq(stale, 0);
    ck_assert_uint_eq(slot->key, 0x1000);
    ck_assert(memcmp(&slot->record, &fresh, sizeof fresh) == 0);
    ck_assert_ptr_eq(sg_handles_find(3, 0x1000), slot);
    ck_assert_ptr_null(sg_handles_find(4, 0x1000));
    ck_assert_ptr_null(sg_handles_find(3, 0x1001));
    ck_assert_uint_eq(sg_handles_take(slot), 77);
    ck_assert_uint_eq(sg_handles_take(slot), 0);
    ck_assert_ptr_null(sg_handles_find(3, 0x1000));
}
END_TEST

START_TEST(a_stale_record_is_told)
{
    ck_assert(sg_arena_enter());
    struct sg_handle *old = put(0x1000, 100);
    old->member_of = 1;
    old->uses = 2;
    old->use = 3;
    old->heir = 4;
    old->record.outcome = SG_OUTCOME_FAILED;
    struct sg_record fresh = record_of(1, 200);
    uint64_t stale = 0;
    struct sg_handle *slot = sg_handles_put(0x1000, &fresh, &stale);
    ck_assert_uint_eq(stale, 100);
    ck_assert_uint_eq(count_open(), 1);
    ck_assert_ptr_null(sg_handles_find(0, 0x1000));
    ck_assert_ptr_eq(sg_handles_find(1, 0x1000), slot);
    ck_assert_uint_eq(slot->member_of | slot->uses | slot->use | slot->heir, 0);
    ck_assert_uint_eq(slot->record.outcome, SG_OUTCOME_OPEN);
}
END_TEST

START_TEST(what_was_taken_is_returned_as_it_was)
{
    ck_assert(sg_arena_enter());
    struct sg_handle *slot = put(0x1000, 100);
    slot->member_of = 1;
    slot->uses = 2;
    slot->use = 3;
    slot->heir = 4;
    slot->record.peer = 5;
    slot->record.used = 6;
    slot->record.owner = 7;
    struct sg_handle copy = *slot;
    uint64_t life = sg_handles_take(slot);
    put(0x2000, 300);
    ck_assert(sg_handles_return(&copy, life));
    const struct sg_handle *back = sg_handles_find(0, 0x1000);
    ck_assert_ptr_nonnull(back);
    ck_assert(memcmp(back, &copy, sizeof copy) == 0);
    ck_assert_uint_eq(count_open(), 2);
}
END_TEST

START_TEST(colliding_keys_fill_one_bucket_and_then_the_next_tier)
{
    enum { COUNT = ENTRIES * 2 + 5 };
    static uint64_t keys[COUNT];
    static struct sg_handle *slots[COUNT];
    ck_assert(sg_arena_enter());
    find_colliding(0x10000, keys, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        slots[i] = put(keys[i], 100 + i);
        if (i < ENTRIES)
            ck_assert_uint_eq(entry_of(slots[i]), entry_of(slots[0]) + i);
        else
            ck_assert_uint_ge(entry_of(slots[i]), FIRST_TIER);
        ck_assert_uint_eq(index_of(slots[i]), i + 1); /* records lie densely all the same */
    }
    for (unsigned i = 0; i < COUNT; i++)
        ck_assert_ptr_eq(sg_handles_find(0, keys[i]), slots[i]);
    /* A hole in the bucket hides nothing that lies behind it. */
    for (unsigned i = 0; i < ENTRIES; i += 2)
        ck_assert_uint_eq(sg_handles_take(slots[i]), 100 + i);
    for (unsigned i = 0; i < COUNT; i++)
        ck_assert_ptr_eq(sg_handles_find(0, keys[i]), i < ENTRIES && i % 2 == 0 ? NULL : slots[i]);
    /* And the holes are used again. */
    ck_assert_ptr_eq(put(keys[0], 500), slots[0]);
    ck_assert_ptr_eq(put(keys[4], 501), slots[2]);
    ck_assert_uint_eq(count_open(), COUNT - ENTRIES / 2 + 2);
}
END_TEST

/* A slow thread leaves an entry that leads to no record yet. Another's record
 * lies behind it. */
START_TEST(a_record_that_is_being_made_hides_nothing)
{
    uint64_t keys[2];
    ck_assert(sg_arena_enter());
    find_colliding(0x10000, keys, 2);
    struct sg_handle *slow = put(keys[0], 100);
    unsigned at = entry_of(slow);
    index_entries()[at] = 1;
    struct sg_handle *behind = put(keys[1], 200);
    ck_assert_uint_eq(entry_of(behind), at + 1);
    ck_assert_ptr_eq(sg_handles_find(0, keys[1]), behind);
    ck_assert_ptr_null(sg_handles_find(0, keys[0]));
}
END_TEST

START_TEST(tiers_grow_as_they_fill)
{
    enum { COUNT = 20000 };
    ck_assert(sg_arena_enter());
    for (uint64_t i = 1; i <= COUNT; i++)
        ck_assert_ptr_nonnull(put(i * 48, 1 + i));
    ck_assert_uint_eq(count_open(), COUNT);
    ck_assert_uint_eq(sg_arena->sections[SG_SECTION_HANDLES].size, (COUNT + 1) * sizeof(struct sg_handle));
    uint64_t end = sg_arena->sections[SG_SECTION_INDEX].size / sizeof(uint32_t);
    /* The sizes of whole tiers, each twice the one before. */
    ck_assert_uint_eq((end / FIRST_TIER) & (end / FIRST_TIER + 1), 0);
    ck_assert_uint_eq(end % FIRST_TIER, 0);
    ck_assert_uint_lt(end, COUNT * 4);
    for (uint64_t i = 1; i <= COUNT; i++) {
        struct sg_handle *slot = sg_handles_find(0, i * 48);
        ck_assert_ptr_nonnull(slot);
        ck_assert_uint_eq(sg_handles_take(slot), 1 + i);
    }
    ck_assert_uint_eq(count_open(), 0);
    /* What comes next, whatever its value, goes where others were. */
    for (uint64_t i = 1; i <= COUNT / 2; i++)
        put(i * 80 + 8, 1 + i);
    ck_assert_uint_lt(sg_arena->sections[SG_SECTION_HANDLES].size, COUNT * 5 / 4 * sizeof(struct sg_handle));
}
END_TEST

START_TEST(a_full_table_takes_no_more)
{
    uint64_t keys[ENTRIES + 1];
    ck_assert(sg_arena_enter());
    find_colliding(0x10000, keys, ENTRIES + 1);
    /* Room for the first tier and half of the second. */
    sg_arena->sections[SG_SECTION_INDEX].capacity = FIRST_TIER * 2 * sizeof(uint32_t);
    for (unsigned i = 0; i < ENTRIES; i++)
        ck_assert_ptr_nonnull(put(keys[i], 100 + i));
    ck_assert_ptr_null(put(keys[ENTRIES], 300));
    ck_assert_ptr_null(sg_handles_find(0, keys[ENTRIES]));
    struct sg_handle copy = {.key = keys[ENTRIES]};
    ck_assert(!sg_handles_return(&copy, 300));
    struct sg_handle *slot = sg_handles_find(0, keys[3]);
    ck_assert_uint_eq(sg_handles_take(slot), 103);
    ck_assert(sg_handles_return(&copy, 300));
    ck_assert_ptr_eq(sg_handles_find(0, keys[ENTRIES]), slot);
}
END_TEST

START_TEST(without_room_for_records_there_is_none_and_the_others_stay)
{
    uint64_t keys[3];
    ck_assert(sg_arena_enter());
    find_colliding(0x10000, keys, 3);
    sg_arena->sections[SG_SECTION_HANDLES].capacity = 3 * sizeof(struct sg_handle);
    struct sg_handle *first = put(keys[0], 100);
    struct sg_handle *second = put(keys[1], 200);
    ck_assert_ptr_null(put(keys[2], 300));
    ck_assert_ptr_eq(sg_handles_find(0, keys[0]), first);
    ck_assert_ptr_eq(sg_handles_find(0, keys[1]), second);
    ck_assert_uint_eq(sg_handles_take(first), 100);
    ck_assert_ptr_eq(put(keys[2], 300), first);
    ck_assert_ptr_eq(sg_handles_find(0, keys[2]), first);
}
END_TEST

/* A table that was full of open handles takes as many others later, at other addresses. */
START_TEST(refusals_use_up_nothing)
{
    enum { RECORDS = 500, REFUSED = 20000 };
    ck_assert(sg_arena_enter());
    sg_arena->sections[SG_SECTION_HANDLES].capacity = (RECORDS + 1) * sizeof(struct sg_handle);
    for (uint64_t i = 1; i <= RECORDS; i++)
        ck_assert_ptr_nonnull(put(i * 64, 100));
    unsigned n_put = 0;
    for (uint64_t i = RECORDS + 1; i < REFUSED; i++)
        n_put += put(i * 64, 100) != NULL;
    ck_assert_uint_eq(n_put, 0);
    ck_assert_uint_lt(sg_arena->sections[SG_SECTION_INDEX].size, 16 * RECORDS * sizeof(uint32_t) * 2);
    for (uint64_t i = 1; i <= RECORDS; i++)
        ck_assert_uint_eq(sg_handles_take(sg_handles_find(0, i * 64)), 100);
    for (uint64_t i = REFUSED; i < REFUSED + RECORDS; i++)
        n_put += put(i * 64, 100) != NULL;
    ck_assert_uint_gt(n_put, RECORDS / 2);
}
END_TEST

START_TEST(ever_new_addresses_need_no_more_than_what_is_open_at_once)
{
    enum { OPEN = 300, OPENED = 100000 };
    static uint64_t keys[OPEN];
    uint64_t random = 1;
    ck_assert(sg_arena_enter());
    unsigned n_right = 0;
    for (unsigned i = 0; i < OPENED; i++) {
        struct sg_handle *old = keys[i % OPEN] ? sg_handles_find(0, keys[i % OPEN]) : NULL;
        n_right += !keys[i % OPEN] || (old && sg_handles_take(old) == 100);
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        keys[i % OPEN] = (random >> 16) & ~UINT64_C(15);
        n_right += put(keys[i % OPEN], 100) != NULL;
    }
    ck_assert_uint_eq(n_right, 2 * OPENED);
    ck_assert_uint_lt(sg_arena->sections[SG_SECTION_HANDLES].size, 10 * OPEN * sizeof(struct sg_handle));
    ck_assert_uint_lt(sg_arena->sections[SG_SECTION_INDEX].size, 64 * OPEN * sizeof(uint32_t));
}
END_TEST

enum { THREADS = 8, KEYS = 700, ROUNDS = 60, KEPT = 100 };
static uint32_t n_wrong; /* atomic */

static void wrong_unless(bool is_right)
{
    if (!is_right)
        __atomic_add_fetch(&n_wrong, 1, __ATOMIC_RELAXED);
}

static uint64_t key_of(unsigned thread, unsigned number)
{
    return ((uint64_t)number * THREADS + thread + 1) * 64;
}

static void open_and_close(unsigned thread)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < KEYS; i++) {
            struct sg_record fresh = record_of(thread, 2 + (uint64_t)round * KEYS + i);
            uint64_t stale = 0;
            wrong_unless(sg_handles_put(key_of(thread, i), &fresh, &stale) && stale == 0);
        }
        for (unsigned i = 0; i < KEYS; i++) {
            if (round == ROUNDS - 1 && i < KEPT)
                continue;
            struct sg_handle *slot = sg_handles_find(thread, key_of(thread, i));
            wrong_unless(slot && sg_handles_take(slot) == 2 + (uint64_t)round * KEYS + i);
        }
    }
}

START_TEST(threads_lose_nothing)
{
    ck_assert(sg_arena_enter());
    testing_threads(THREADS, open_and_close);
    ck_assert_uint_eq(n_wrong, 0);
    ck_assert_uint_eq(count_open(), THREADS * KEPT);
    for (unsigned thread = 0; thread < THREADS; thread++)
        for (unsigned i = 0; i < KEYS; i++)
            ck_assert_int_eq(sg_handles_find(thread, key_of(thread, i)) != NULL, i < KEPT);
}
END_TEST

/* All threads want entries of one bucket, again and again. */
static uint64_t crowded[ENTRIES];

static void crowd(unsigned thread)
{
    for (unsigned round = 0; round < 20000; round++) {
        uint64_t key = crowded[thread * (ENTRIES / THREADS) + round % (ENTRIES / THREADS)];
        struct sg_record fresh = record_of(thread, 2 + round);
        uint64_t stale = 0;
        struct sg_handle *slot = sg_handles_put(key, &fresh, &stale);
        wrong_unless(slot && stale == 0);
        slot = sg_handles_find(thread, key);
        wrong_unless(slot && slot->record.serial == 2 + round && sg_handles_take(slot) == 2 + round);
    }
}

START_TEST(threads_in_one_bucket_lose_nothing)
{
    ck_assert(sg_arena_enter());
    find_colliding(0x10000, crowded, ENTRIES);
    testing_threads(THREADS, crowd);
    ck_assert_uint_eq(n_wrong, 0);
    ck_assert_uint_eq(count_open(), 0);
}
END_TEST

static uint64_t n_taken; /* atomic */

static void take_all(unsigned thread)
{
    for (unsigned i = 0; i < KEYS; i++) {
        struct sg_handle *slot = sg_handles_find(0, key_of(0, (i + thread * 80) % KEYS));
        if (slot && sg_handles_take(slot))
            __atomic_add_fetch(&n_taken, 1, __ATOMIC_RELAXED);
    }
}

START_TEST(each_record_is_taken_by_one_thread)
{
    ck_assert(sg_arena_enter());
    for (unsigned i = 0; i < KEYS; i++)
        put(key_of(0, i), 2 + i);
    testing_threads(THREADS, take_all);
    ck_assert_uint_eq(n_taken, KEYS);
    ck_assert_uint_eq(count_open(), 0);
}
END_TEST

TESTING_MAIN("handles", a_record_is_put_found_and_taken, a_stale_record_is_told,
             what_was_taken_is_returned_as_it_was, colliding_keys_fill_one_bucket_and_then_the_next_tier,
             a_record_that_is_being_made_hides_nothing, tiers_grow_as_they_fill, a_full_table_takes_no_more,
             without_room_for_records_there_is_none_and_the_others_stay, refusals_use_up_nothing,
             ever_new_addresses_need_no_more_than_what_is_open_at_once, threads_lose_nothing,
             threads_in_one_bucket_lose_nothing, each_record_is_taken_by_one_thread)
