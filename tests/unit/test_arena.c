/* The arena grows where there is room, by many threads at once, and stops where
 * something else lies; behind the bar it is closed. */
#include "sys.h"
#include "testing.h"

#include <sys/resource.h>

#define KIB UINT64_C(1024)

START_TEST(a_section_ends_where_foreign_memory_begins)
{
    ck_assert(sg_arena_enter());
    ck_assert(sg_arena_grow(SG_SECTION_DESCRIPTORS, 1));
    char *foreign = (char *)sg_arena_at(SG_SECTION_DESCRIPTORS, 0) + 256 * KIB;
    ck_assert(sg_sys_map_at((uintptr_t)foreign, 64 * KIB));
    *foreign = 7;
    ck_assert(sg_arena_grow(SG_SECTION_DESCRIPTORS, 128 * KIB));
    ck_assert(!sg_arena_grow(SG_SECTION_DESCRIPTORS, 300 * KIB));
    ck_assert_uint_ne(sg_arena->flags & SG_FLAG_TRUNCATED, 0);
    ck_assert_int_eq(*foreign, 7);
    sg_sys_unmap(foreign, 64 * KIB);
    ck_assert(sg_arena_grow(SG_SECTION_DESCRIPTORS, 300 * KIB));
}
END_TEST

static void *take_all(void *unused)
{
    for (int i = 0; i < 50000; i++) {
        uint32_t offset = sg_arena_take(SG_SECTION_STRINGS, 32);
        ck_assert_uint_ne(offset, 0);
        memset(sg_arena_at(SG_SECTION_STRINGS, offset), 'x', 32);
    }
    return unused;
}

START_TEST(threads_grow_a_section_together)
{
    pthread_t threads[4];
    ck_assert(sg_arena_enter());
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_all, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(sg_arena->sections[SG_SECTION_STRINGS].size, 8 + 4 * 50000 * 32);
}
END_TEST

START_TEST(without_memory_there_is_no_arena)
{
    struct rlimit limit = {1, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    ck_assert(!sg_arena_enter());
    limit.rlim_cur = RLIM_INFINITY;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    ck_assert(!sg_arena_enter()); /* what was lost meanwhile could not be told from what was closed */
}
END_TEST

START_TEST(nothing_happens_behind_the_bar)
{
    ck_assert(sg_arena_enter());
    sg_arena_bar();
    sg_arena_bar();
    ck_assert(!sg_arena_is_used());
    ck_assert(!sg_arena_enter());
    sg_arena_unbar();
    ck_assert(!sg_arena_enter());
    sg_arena_unbar();
    ck_assert(sg_arena_is_used());
}
END_TEST

TESTING_MAIN("arena", a_section_ends_where_foreign_memory_begins, threads_grow_a_section_together,
             without_memory_there_is_no_arena, nothing_happens_behind_the_bar)
