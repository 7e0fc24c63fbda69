/* Places: each stack once for each kind, with its counters. */
#include "places.h"
#include "testing.h"

#include <sched.h>

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

/* Leaves room for so many bytes more. */
static void limit(uint64_t room)
{
    sg_arena->sections[SG_SECTION_PLACES].capacity = sg_arena->sections[SG_SECTION_PLACES].size + 8 + room;
}

enum { ROOM = 200000, MANY = 4000 };

START_TEST(a_full_section_gives_no_place)
{
    ck_assert(sg_arena_enter());
    uint32_t known = intern(1, 3, 0, 0);
    ck_assert(sg_places_opened(known));
    limit(0);
    ck_assert_uint_eq(intern(1, 4, 0, 0), 0);
    ck_assert_uint_eq(intern(1, 3, 0, 0), known);
}
END_TEST

/* The same stack of made-up positions, which are found at once. */
static uint64_t position(unsigned frame, uintptr_t salt)
{
    return (uint64_t)(1 + frame % 7) << 32 | (frame + salt);
}

static uint32_t intern_made_up(unsigned kind, unsigned count, uintptr_t salt)
{
    uint64_t positions[256];
    for (unsigned i = 0; i < count; i++)
        positions[i] = position(i, salt);
    struct sg_stack stack = {.positions = positions, .count = count};
    return sg_places_intern(kind, &stack);
}

/* To assert takes a system call, which is too much for each frame of many. */
static bool has_frames(const struct sg_place *place, uintptr_t salt)
{
    for (unsigned i = 0; i < place->frames; i++)
        if (((uint64_t)sg_place_modules(place)[i] << 32 | sg_place_offsets(place)[i]) != position(i, salt))
            return false;
    return true;
}

START_TEST(what_was_closed_is_used_again)
{
    ck_assert(sg_arena_enter());
    limit(ROOM);
    uint32_t kept = intern_made_up(1, 60, 8);
    ck_assert(sg_places_opened(kept));
    for (unsigned i = 1; i < MANY; i++) {
        uint32_t number = intern_made_up(1, 60, 8 * (uintptr_t)i);
        ck_assert_uint_eq(sg_places_get(number)->frames, 60);
        ck_assert(number == kept || sg_places_opened(number));
        if (number != kept)
            sg_places_closed(number);
    }
    ck_assert_uint_eq(intern_made_up(1, 60, 8), kept);
    ck_assert_uint_eq(sg_arena->places.shortened, 0);
    ck_assert_uint_ne(sg_arena->places.recycled, 0);
    ck_assert_uint_eq(sg_places_opened_in_all(), MANY - 1);
}
END_TEST

START_TEST(what_is_open_has_a_place_all_the_same)
{
    static uint32_t numbers[MANY];
    unsigned last = 60;
    ck_assert(sg_arena_enter());
    limit(ROOM);
    for (unsigned i = 0; i < MANY; i++) {
        numbers[i] = intern_made_up(1, 60, 8 * (uintptr_t)i);
        ck_assert(sg_places_opened(numbers[i]));
        const struct sg_place *place = sg_places_get(numbers[i]);
        ck_assert_uint_le(place->frames, last);
        last = place->frames;
        ck_assert_int_eq(place->flags & SG_PLACE_SHORT, place->frames == 60 ? 0 : SG_PLACE_SHORT);
    }
    ck_assert_uint_eq(last, 0);
    ck_assert_uint_ne(sg_arena->places.shortened, 0);
    for (unsigned i = 0; i < MANY; i++) {
        const struct sg_place *place = sg_places_get(numbers[i]);
        ck_assert(has_frames(place, 8 * (uintptr_t)i));
    }
    ck_assert_uint_eq(sg_places_opened_in_all(), MANY);
    /* Room again: whole stacks, too. */
    for (unsigned i = 0; i < MANY; i++)
        sg_places_closed(numbers[i]);
    for (unsigned i = 0; i < MANY; i++)
        last = sg_places_get(intern_made_up(1, 60, 8 * (uintptr_t)(MANY + i)))->frames;
    ck_assert_uint_eq(last, 60);
}
END_TEST

START_TEST(other_kinds_and_depths_have_a_place_too)
{
    ck_assert(sg_arena_enter());
    limit(ROOM);
    for (unsigned i = 0; i < MANY; i++)
        ck_assert(sg_places_opened(intern_made_up(i % 256, 1 + i % 256, 8 * (uintptr_t)i)));
    for (unsigned kind = 0; kind < 256; kind++)
        ck_assert_uint_eq(sg_places_get(sg_places_unknown(kind))->kind, kind);
}
END_TEST

START_TEST(a_number_is_void_once_its_place_is_another)
{
    ck_assert(sg_arena_enter());
    limit(ROOM);
    uint32_t closed = intern_made_up(1, 60, 8);
    uint32_t collected = intern_made_up(1, 60, 16);
    uint32_t used = intern_made_up(1, 60, 24);
    ck_assert(sg_places_opened(closed) && sg_places_opened(collected) && sg_places_opened(used));
    sg_places_use_begins(used);
    sg_places_closed(closed);
    sg_places_closed(used);
    sg_places_collected(collected, 1);
    for (unsigned i = 4; i < MANY; i++)
        intern_made_up(1, 60, 8 * (uintptr_t)i);
    ck_assert(!sg_places_opened(closed));
    ck_assert(!sg_places_hold(closed));
    ck_assert(!sg_places_reopened(closed));
    ck_assert_uint_ne(intern_made_up(1, 60, 8), closed);
    ck_assert_uint_eq(intern_made_up(1, 60, 16), collected);
    ck_assert_uint_eq(intern_made_up(1, 60, 24), used);
    sg_places_use_ends(used);
    for (unsigned i = 4; i < MANY; i++)
        intern_made_up(1, 60, 8 * (uintptr_t)i);
    ck_assert(!sg_places_opened(used));
    ck_assert(sg_places_opened(collected));
}
END_TEST

START_TEST(nothing_is_used_again_while_a_report_is_made)
{
    ck_assert(sg_arena_enter());
    limit(ROOM);
    uint32_t number = intern_made_up(1, 60, 8);
    sg_places_freeze();
    for (unsigned i = 2; i < MANY; i++)
        ck_assert_uint_ne(intern_made_up(1, 60, 8 * (uintptr_t)i), 0);
    ck_assert_uint_eq(sg_arena->places.recycled, 0);
    ck_assert_uint_eq(intern_made_up(1, 60, 8), number);
    sg_places_thaw();
    intern_made_up(1, 60, 8 * (uintptr_t)MANY);
    intern_made_up(1, 60, 8 * (uintptr_t)MANY + 8);
    ck_assert(!sg_places_opened(number));
}
END_TEST

/* As many threads as would like all open and close at new stacks, each of which is looked at
 * as long as something is open there. */
enum { HAMMERS = 4, STROKES = 6000, HELD = 32 };

static void expect_stack(uint32_t number, unsigned count, uintptr_t salt)
{
    const struct sg_place *place = sg_places_get(number);
    if (place->number != number || place->frames > count ||
        (place->frames != count && !(place->flags & SG_PLACE_SHORT)) || !has_frames(place, salt))
        ck_abort_msg("place %u is another's", number);
}

static void hammer(unsigned thread)
{
    uint32_t held[HELD] = {0};
    uintptr_t salts[HELD];
    for (unsigned i = 0; i < STROKES; i++) {
        unsigned at = i % HELD;
        unsigned depth = 1 + i * 7 % 40;
        if (held[at]) {
            expect_stack(held[at], 1 + (i - HELD) * 7 % 40, salts[at]);
            sg_places_closed(held[at]);
            if (i % 3 == 0 && sg_places_reopened(held[at])) {
                expect_stack(held[at], 1 + (i - HELD) * 7 % 40, salts[at]);
                sg_places_closed(held[at]);
            }
        }
        /* Some stacks are the other threads', too. */
        salts[at] = 8 * (uintptr_t)(i % 2 ? i * HAMMERS + thread : i);
        do {
            held[at] = intern_made_up(1, depth, salts[at]);
            if (i % 64 == 0)
                sched_yield(); /* between a number and its use */
        } while (!sg_places_opened(held[at]));
    }
    for (unsigned i = 0; i < HELD; i++)
        sg_places_closed(held[i]);
}

START_TEST(threads_that_use_places_again_meet_none_of_anothers)
{
    ck_assert(sg_arena_enter());
    limit(ROOM);
    testing_threads(HAMMERS, hammer);
    ck_assert_uint_ne(sg_places_era(), 0);
    ck_assert_uint_eq(sg_places_opened_in_all(), HAMMERS * STROKES);
    uint64_t open = 0;
    for (unsigned i = 0; i < SG_ARENA_BUCKETS; i++)
        for (const struct sg_place *place = sg_places_get(sg_arena_place_buckets[i]); place;
             place = sg_places_get(place->next))
            open += place->opened - place->closed;
    ck_assert_uint_eq(open, 0);
}
END_TEST

static int opens_in_a_child(void)
{
    if (!sg_arena_enter() || sg_places_era() != 0)
        return 1;
    for (unsigned i = 0; i < MANY; i++)
        if (!sg_places_opened(intern_made_up(1, 60, 8 * (uintptr_t)i)))
            return 2;
    return 0;
}

START_TEST(a_child_begins_with_an_empty_table)
{
    ck_assert(sg_arena_enter());
    limit(ROOM);
    for (unsigned i = 0; i < MANY; i++)
        intern_made_up(1, 60, 8 * (uintptr_t)i);
    ck_assert_uint_ne(sg_places_era(), 0);
    ck_assert_int_eq(testing_in_child(opens_in_a_child), 0);
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
             what_was_closed_is_used_again, what_is_open_has_a_place_all_the_same,
             other_kinds_and_depths_have_a_place_too, a_number_is_void_once_its_place_is_another,
             nothing_is_used_again_while_a_report_is_made,
             threads_that_use_places_again_meet_none_of_anothers, a_child_begins_with_an_empty_table,
             threads_share_places_and_count_exactly)
