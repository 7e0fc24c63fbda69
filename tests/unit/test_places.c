/* Places: each stack once for each kind, with its counters. */
#include "testing.h"
#include "places.h"

static void fill(uintptr_t *pcs, unsigned count, uintptr_t salt)
{
    for (unsigned i = 0; i < count; i++)
        pcs[i] = (i % 2 ? (uintptr_t)malloc : (uintptr_t)testing_run) + i + salt;
}

static uint32_t intern(unsigned kind, unsigned count, uintptr_t salt, unsigned flags)
{
    uintptr_t pcs[256];
    fill(pcs, count, salt);
    struct sg_stack stack = {.pcs = pcs, .count = count, .flags = flags};
    return sg_places_intern(kind, &stack);
}

START_TEST(a_stack_is_kept_once_for_each_kind)
{
    ck_assert(sg_arena_enter());
    uint32_t place = intern(1, 9, 0, 0);
    ck_assert_uint_ne(place, 0);
    uint64_t used = sg_arena->sections[SG_SECTION_PLACES].size;
    ck_assert_uint_eq(intern(1, 9, 0, 0), place);
    ck_assert_uint_eq(sg_arena->sections[SG_SECTION_PLACES].size, used);
    ck_assert_uint_ne(intern(2, 9, 0, 0), place);
    ck_assert_uint_ne(intern(1, 8, 0, 0), place);
    ck_assert_uint_ne(intern(1, 9, 1, 0), place);
    ck_assert_uint_ne(intern(1, 9, 0, SG_PLACE_CUT), place);
    ck_assert_uint_eq(testing_sum_places().n_places, 5);
}
END_TEST

START_TEST(a_place_holds_modules_and_offsets)
{
    static const unsigned counts[] = {0, 1, 2, 3, 4, 5, 32, 255, 256};
    ck_assert(sg_arena_enter());
    for (size_t at = 0; at < SG_COUNT(counts); at++) {
        uintptr_t pcs[256];
        fill(pcs, counts[at], 0);
        uint32_t number = intern(7, counts[at], 0, SG_PLACE_INCOMPLETE);
        const struct sg_place *place = sg_places_get(number);
        ck_assert_uint_eq(place->frames, counts[at]);
        ck_assert_uint_eq(place->kind, 7);
        ck_assert_uint_eq(place->flags, SG_PLACE_INCOMPLETE);
        for (unsigned i = 0; i < counts[at]; i++) {
            uint16_t number_of_module = sg_place_modules(place)[i];
            const struct sg_module *modules = sg_arena_at(SG_SECTION_MODULES, 0);
            ck_assert_uint_ne(number_of_module, 0);
            ck_assert_uint_eq(modules[number_of_module].base + sg_place_offsets(place)[i], pcs[i]);
        }
        ck_assert_uint_eq(intern(7, counts[at], 0, SG_PLACE_INCOMPLETE), number);
    }
    ck_assert_uint_eq(testing_sum_places().n_places, SG_COUNT(counts));
}
END_TEST

START_TEST(what_is_open_is_counted)
{
    ck_assert(sg_arena_enter());
    uint32_t number = intern(1, 3, 0, 0);
    const struct sg_place *place = sg_places_get(number);
    ck_assert_uint_eq(place->opened | place->closed | place->peak, 0);
    for (unsigned i = 0; i < 5; i++)
        sg_places_opened(number);
    sg_places_closed(number);
    sg_places_closed(number);
    sg_places_opened(number);
    ck_assert_uint_eq(place->opened, 6);
    ck_assert_uint_eq(place->closed, 2);
    ck_assert_uint_eq(place->peak, 5);
    sg_places_reopened(number);
    ck_assert_uint_eq(place->closed, 1);
    sg_places_opened(number);
    ck_assert_uint_eq(place->peak, 6);
}
END_TEST

START_TEST(place_0_is_none)
{
    ck_assert(sg_arena_enter());
    ck_assert_ptr_null(sg_places_get(0));
    sg_places_opened(0);
    sg_places_closed(0);
    sg_places_reopened(0);
    ck_assert_uint_eq(testing_sum_places().n_places, 0);
}
END_TEST

START_TEST(a_full_section_gives_no_place)
{
    ck_assert(sg_arena_enter());
    uint32_t known = intern(1, 3, 0, 0);
    sg_arena->sections[SG_SECTION_PLACES].capacity = sg_arena->sections[SG_SECTION_PLACES].size + 8;
    ck_assert_uint_eq(intern(1, 4, 0, 0), 0);
    ck_assert_uint_eq(intern(1, 3, 0, 0), known);
    ck_assert_uint_ne(sg_arena->flags & SG_FLAG_TRUNCATED, 0);
}
END_TEST

enum { THREADS = 8, PLACES = 1500, ROUNDS = 4 };
static uint32_t seen[THREADS][PLACES];

static void open_everywhere(unsigned thread)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < PLACES; i++) {
            seen[thread][i] = intern(1, 2 + i % 11, i * 8, 0);
            sg_places_opened(seen[thread][i]);
            if (round % 2)
                sg_places_closed(seen[thread][i]);
        }
    }
}

START_TEST(threads_share_places_and_count_exactly)
{
    ck_assert(sg_arena_enter());
    /* Threads that meet a new object at once may each add it, and its places
     * with it; so the objects are known here before the threads are. */
    intern(2, 2, 0, 0);
    testing_threads(THREADS, open_everywhere);
    for (unsigned i = 0; i < PLACES; i++) {
        for (unsigned thread = 1; thread < THREADS; thread++)
            ck_assert_uint_eq(seen[thread][i], seen[0][i]);
        const struct sg_place *place = sg_places_get(seen[0][i]);
        ck_assert_uint_eq(place->opened, THREADS * ROUNDS);
        ck_assert_uint_eq(place->closed, THREADS * ROUNDS / 2);
        ck_assert_uint_ge(place->peak, THREADS * ROUNDS / 2);
        ck_assert_uint_le(place->peak, THREADS * ROUNDS);
    }
}
END_TEST

TESTING_MAIN("places", a_stack_is_kept_once_for_each_kind, a_place_holds_modules_and_offsets,
             what_is_open_is_counted, place_0_is_none, a_full_section_gives_no_place,
             threads_share_places_and_count_exactly)
