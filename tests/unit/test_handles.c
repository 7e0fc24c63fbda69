/* The table of handles: tiers, windows, slots that are used again, and exact
 * numbers under threads. */
#include "handles.h"
#include "testing.h"

/* The table's own numbers: a first tier of 2048 slots, and 64 slots of each
 * tier to look at. */
enum { FIRST_TIER = 2048, WINDOW = 64 };

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

/* Keys whose window begins at the same slot of the first tier as
 * `first`'s. Needs an empty table, and leaves one. */
static void find_colliding(uint64_t first, uint64_t *keys, unsigned count)
{
    struct sg_handle *slot = put(first, 2);
    uint64_t wanted = index_of(slot);
    sg_handles_take(slot);
    unsigned found = 0;
    for (uint64_t key = first + 16; found < count; key += 16) {
        slot = put(key, 2);
        if (index_of(slot) == wanted)
            keys[found++] = key;
        sg_handles_take(slot);
    }
    /* Back to a table that was never used. */
    struct sg_handle *begin = sg_handles_slot(0);
    memset((void *)begin, 0, sg_arena->sections[SG_SECTION_HANDLES].size);
    sg_arena->sections[SG_SECTION_HANDLES].size = 0;
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
    old->in_use = 3;
    old->heir = 4;
    old->record.outcome = SG_OUTCOME_FAILED;
    struct sg_record fresh = record_of(1, 200);
    uint64_t stale = 0;
    struct sg_handle *slot = sg_handles_put(0x1000, &fresh, &stale);
    ck_assert_uint_eq(stale, 100);
    ck_assert_uint_eq(count_open(), 1);
    ck_assert_ptr_null(sg_handles_find(0, 0x1000));
    ck_assert_ptr_eq(sg_handles_find(1, 0x1000), slot);
    ck_assert_uint_eq(slot->member_of | slot->uses | slot->in_use | slot->heir, 0);
    ck_assert_uint_eq(slot->record.outcome, SG_OUTCOME_OPEN);
}
END_TEST

START_TEST(what_was_taken_is_returned_as_it_was)
{
    ck_assert(sg_arena_enter());
    struct sg_handle *slot = put(0x1000, 100);
    slot->member_of = 1;
    slot->uses = 2;
    slot->in_use = 3;
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

START_TEST(colliding_keys_lie_in_one_window_and_then_in_the_next_tier)
{
    enum { COUNT = WINDOW * 2 + 5 };
    static uint64_t keys[COUNT];
    static struct sg_handle *slots[COUNT];
    ck_assert(sg_arena_enter());
    find_colliding(0x10000, keys, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        slots[i] = put(keys[i], 100 + i);
        if (i > 0 && i < WINDOW)
            ck_assert_uint_eq(index_of(slots[i]), (index_of(slots[0]) + i) % FIRST_TIER);
        if (i >= WINDOW)
            ck_assert_uint_ge(index_of(slots[i]), FIRST_TIER);
    }
    for (unsigned i = 0; i < COUNT; i++)
        ck_assert_ptr_eq(sg_handles_find(0, keys[i]), slots[i]);
    /* A hole in the window hides nothing that lies behind it. */
    for (unsigned i = 0; i < WINDOW; i += 2)
        ck_assert_uint_eq(sg_handles_take(slots[i]), 100 + i);
    for (unsigned i = 0; i < COUNT; i++)
        ck_assert_ptr_eq(sg_handles_find(0, keys[i]), i < WINDOW && i % 2 == 0 ? NULL : slots[i]);
    /* And the holes are used again. */
    ck_assert_ptr_eq(put(keys[0], 500), slots[0]);
    ck_assert_ptr_eq(put(keys[4], 501), slots[2]);
    ck_assert_uint_eq(count_open(), COUNT - WINDOW / 2 + 2);
}
END_TEST

/* Between claiming a fresh slot and writing its key, a slow thread leaves a
 * slot that has no key but is not free. Another's record lies behind it. */
START_TEST(a_slot_that_is_being_made_hides_nothing)
{
    uint64_t keys[2];
    ck_assert(sg_arena_enter());
    find_colliding(0x10000, keys, 2);
    struct sg_handle *slow = put(keys[0], 100);
    slow->key = 0;
    slow->record.life = 1;
    struct sg_handle *behind = put(keys[1], 200);
    ck_assert_uint_eq(index_of(behind), (index_of(slow) + 1) % FIRST_TIER);
    ck_assert_ptr_eq(sg_handles_find(0, keys[1]), behind);
}
END_TEST

START_TEST(tiers_grow_as_they_fill)
{
    enum { COUNT = 20000 };
    ck_assert(sg_arena_enter());
    for (uint64_t i = 1; i <= COUNT; i++)
        ck_assert_ptr_nonnull(put(i * 48, 1 + i));
    ck_assert_uint_eq(count_open(), COUNT);
    uint64_t end = sg_arena->sections[SG_SECTION_HANDLES].size / sizeof(struct sg_handle);
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
}
END_TEST

START_TEST(a_full_table_takes_no_more)
{
    uint64_t keys[WINDOW + 1];
    ck_assert(sg_arena_enter());
    /* Room for the first tier and half of the second. */
    sg_arena->sections[SG_SECTION_HANDLES].capacity = FIRST_TIER * 2 * sizeof(struct sg_handle);
    find_colliding(0x10000, keys, WINDOW + 1);
    for (unsigned i = 0; i < WINDOW; i++)
        ck_assert_ptr_nonnull(put(keys[i], 100 + i));
    ck_assert_ptr_null(put(keys[WINDOW], 300));
    ck_assert_ptr_null(sg_handles_find(0, keys[WINDOW]));
    struct sg_handle copy = {.key = keys[WINDOW]};
    ck_assert(!sg_handles_return(&copy, 300));
    struct sg_handle *slot = sg_handles_find(0, keys[3]);
    ck_assert_uint_eq(sg_handles_take(slot), 103);
    ck_assert(sg_handles_return(&copy, 300));
    ck_assert_ptr_eq(sg_handles_find(0, keys[WINDOW]), slot);
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

/* All threads want slots of one window, again and again. */
static uint64_t crowded[WINDOW];

static void crowd(unsigned thread)
{
    for (unsigned round = 0; round < 20000; round++) {
        uint64_t key = crowded[thread * (WINDOW / THREADS) + round % (WINDOW / THREADS)];
        struct sg_record fresh = record_of(thread, 2 + round);
        uint64_t stale = 0;
        struct sg_handle *slot = sg_handles_put(key, &fresh, &stale);
        wrong_unless(slot && stale == 0);
        slot = sg_handles_find(thread, key);
        wrong_unless(slot && slot->record.serial == 2 + round && sg_handles_take(slot) == 2 + round);
    }
}

START_TEST(threads_in_one_window_lose_nothing)
{
    ck_assert(sg_arena_enter());
    find_colliding(0x10000, crowded, WINDOW);
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
             what_was_taken_is_returned_as_it_was, colliding_keys_lie_in_one_window_and_then_in_the_next_tier,
             a_slot_that_is_being_made_hides_nothing, tiers_grow_as_they_fill, a_full_table_takes_no_more,
             threads_lose_nothing, threads_in_one_window_lose_nothing, each_record_is_taken_by_one_thread)
