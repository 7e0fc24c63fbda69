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

/* What arena.c calls in place of sg_sys_map_at(): another thread forks where the
 * step is mapped, and nobody has been told. */
bool __real_sg_sys_map_at(uintptr_t address, size_t size);
bool __wrap_sg_sys_map_at(uintptr_t address, size_t size);
static bool is_armed;

static void *fork_and_grow(void *status)
{
    pid_t child = fork();
    if (child == 0)
        _exit(!sg_arena_enter() || !sg_arena_grow(SG_SECTION_HANDLES, 300 * KIB) ||
              !sg_arena_grow(SG_SECTION_DESCRIPTORS, 300 * KIB) ||
              sg_arena_take(SG_SECTION_STRINGS, 300 * KIB) != 8);
    ck_assert_int_eq(waitpid(child, status, 0), child);
    return NULL;
}

bool __wrap_sg_sys_map_at(uintptr_t address, size_t size)
{
    bool is_mapped = __real_sg_sys_map_at(address, size);
    if (is_armed) {
        pthread_t thread;
        int status = -1;
        is_armed = false;
        ck_assert_int_eq(pthread_create(&thread, NULL, fork_and_grow, &status), 0);
        pthread_join(thread, NULL);
        ck_assert_int_eq(status, 0);
    }
    return is_mapped;
}

START_TEST(a_fork_in_the_middle_of_a_step_leaves_an_arena_that_grows)
{
    ck_assert(sg_arena_enter());
    is_armed = true;
    ck_assert(sg_arena_grow(SG_SECTION_DESCRIPTORS, 100 * KIB));
    ck_assert(!is_armed);
}
END_TEST

START_TEST(a_fork_in_the_middle_of_the_first_step_leaves_an_arena_that_grows)
{
    is_armed = true;
    ck_assert(sg_arena_enter());
    ck_assert(!is_armed);
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

START_TEST(a_guest_that_comes_behind_the_bar_is_there_after_it)
{
    ck_assert(sg_arena_enter());
    sg_arena_bar();
    sg_arena_guest_comes();
    ck_assert_int_eq(sg_arena_state(), SG_ARENA_REFUSED);
    sg_arena_unbar();
    ck_assert_int_eq(sg_arena_state(), SG_ARENA_SHARED);
    sg_arena_bar();
    sg_arena_guest_goes();
    sg_arena_unbar();
    ck_assert_int_eq(sg_arena_state(), SG_ARENA_READY);
    ck_assert(sg_arena_is_ours());
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
             a_fork_in_the_middle_of_a_step_leaves_an_arena_that_grows,
             a_fork_in_the_middle_of_the_first_step_leaves_an_arena_that_grows,
             without_memory_there_is_no_arena, a_guest_that_comes_behind_the_bar_is_there_after_it,
             nothing_happens_behind_the_bar)
