/* The memo: what was noted is found again, and nothing else is. */
#include "memo.h"
#include "testing.h"

#include <sys/mman.h>

#define WORDS 200U

/* A stack as a walk would read it: return addresses at every third word. */
struct stack {
    uintptr_t words[WORDS];
};

static struct sg_memo_start start_at(const struct stack *stack, uintptr_t caller)
{
    (void)sg_arena_enter();
    return (struct sg_memo_start){.kind = 3,
                                  .caller = caller,
                                  .cfa = (uintptr_t)stack->words,
                                  .fp = (uintptr_t)&stack->words[7],
                                  .high = (uintptr_t)(stack->words + WORDS),
                                  .era = 77};
}

static void fill(struct stack *stack, uintptr_t salt)
{
    for (unsigned i = 0; i < WORDS; i++)
        stack->words[i] = i * 1000 + salt;
}

/* Keeps a walk of `count` words as `place`. */
static void keep(const struct stack *stack, const struct sg_memo_start *start, unsigned count, uint32_t place)
{
    struct sg_memo_note note = sg_memo_begin(start);
    for (unsigned i = 0; i < count; i++)
        sg_memo_word(&note, (uintptr_t)&stack->words[i], stack->words[i], false);
    sg_memo_end(&note, start, place);
}

START_TEST(what_was_kept_is_found_again)
{
    static const unsigned counts[] = {1, 2, 19, 20, 21, 40, 41, 159, 160};
    struct stack stack;
    fill(&stack, 1);
    for (unsigned i = 0; i < SG_COUNT(counts); i++) {
        struct sg_memo_start start = start_at(&stack, 0x1000 + i);
        ck_assert_uint_eq(sg_memo_find(&start), 0);
        keep(&stack, &start, counts[i], i + 1);
        ck_assert_uint_eq(sg_memo_find(&start), i + 1);
    }
}
END_TEST

START_TEST(a_stack_that_is_too_deep_is_not_kept)
{
    struct stack stack;
    fill(&stack, 1);
    struct sg_memo_start start = start_at(&stack, 0x1000);
    keep(&stack, &start, 161, 1);
    ck_assert_uint_eq(sg_memo_find(&start), 0);
}
END_TEST

START_TEST(there_is_room_for_many_once_they_are_many)
{
    enum { PATHS = 3000 };
    struct stack stack;
    fill(&stack, 1);
    struct sg_memo_start start = start_at(&stack, 0x1000);
    unsigned n_found = 0;
    for (unsigned round = 0; round < 4; round++) {
        n_found = 0;
        for (uint32_t i = 0; i < PATHS; i++) {
            start.caller = 0x1000 + i * 4;
            stack.words[45] = i;
            uint32_t place = sg_memo_find(&start);
            ck_assert(place == 0 || place == i + 1);
            n_found += place != 0;
            if (!place)
                keep(&stack, &start, i % 2 ? 50 : 18, i + 1);
        }
    }
    ck_assert_uint_gt(n_found, PATHS * 9 / 10);
    ck_assert_uint_ne(sg_arena->sections[SG_SECTION_MEMO].size, 0);
    ck_assert_uint_eq(sg_arena->flags & SG_FLAG_TRUNCATED, 0);
}
END_TEST

/* 1,000 paths of a call, through one of ten functions at each of three levels,
 * with the same stack pointer. */
START_TEST(many_paths_of_one_call_are_known)
{
    struct stack stack;
    fill(&stack, 1);
    struct sg_memo_start start = start_at(&stack, 0x1000);
    unsigned n_found = 0;
    for (unsigned round = 0; round < 4; round++) {
        n_found = 0;
        for (uint32_t path = 0; path < 1000; path++) {
            stack.words[5] = path % 10;
            stack.words[8] = path / 10 % 10;
            stack.words[11] = path / 100;
            uint32_t place = sg_memo_find(&start);
            ck_assert(place == 0 || place == path + 1);
            n_found += place != 0;
            if (!place)
                keep(&stack, &start, 14, path + 1);
        }
    }
    ck_assert_uint_ge(n_found, 900);
}
END_TEST

START_TEST(every_word_that_was_noted_counts)
{
    struct stack stack;
    fill(&stack, 1);
    struct sg_memo_start start = start_at(&stack, 0x1000);
    keep(&stack, &start, 100, 5);
    for (unsigned i = 0; i < WORDS; i++) {
        stack.words[i]++;
        ck_assert_uint_eq(sg_memo_find(&start), i < 100 ? 0 : 5);
        stack.words[i]--;
    }
    ck_assert_uint_eq(sg_memo_find(&start), 5);
}
END_TEST

START_TEST(kind_caller_era_and_room_count)
{
    struct stack stack;
    fill(&stack, 1);
    struct sg_memo_start start = start_at(&stack, 0x1000);
    keep(&stack, &start, 20, 5);
    struct sg_memo_start other = start;
    other.kind++;
    ck_assert_uint_eq(sg_memo_find(&other), 0);
    other = start;
    other.caller++;
    ck_assert_uint_eq(sg_memo_find(&other), 0);
    other = start;
    other.era++;
    ck_assert_uint_eq(sg_memo_find(&other), 0);
    other = start;
    other.high = (uintptr_t)&stack.words[19];
    ck_assert_uint_eq(sg_memo_find(&other), 0);
    other.high = (uintptr_t)&stack.words[20];
    ck_assert_uint_eq(sg_memo_find(&other), 5);
    other = start;
    other.fp++; /* which this walk did not need */
    ck_assert_uint_eq(sg_memo_find(&other), 5);
}
END_TEST

START_TEST(frame_pointers_move_with_the_stack)
{
    /* Two stacks that are equal but for where they lie: within a page at the same place. */
    char *memory = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    struct stack *one = (void *)memory;
    struct stack *two = (void *)(memory + 8192);
    fill(one, 1);
    fill(two, 1);
    one->words[4] = (uintptr_t)&one->words[10];
    two->words[4] = (uintptr_t)&two->words[10];
    struct sg_memo_start start = start_at(one, 0x1000);
    struct sg_memo_note note = sg_memo_begin(&start);
    note.uses_fp = true;
    sg_memo_word(&note, (uintptr_t)&one->words[2], one->words[2], false);
    sg_memo_word(&note, (uintptr_t)&one->words[4], one->words[4], true);
    sg_memo_end(&note, &start, 9);
    struct sg_memo_start there = start_at(two, 0x1000);
    ck_assert_uint_eq(sg_memo_find(&there), 9);
    there.fp++;
    ck_assert_uint_eq(sg_memo_find(&there), 0);
    there.fp--;
    two->words[4] = one->words[4];
    ck_assert_uint_eq(sg_memo_find(&there), 0);
    munmap(memory, 1 << 16);
}
END_TEST

/* The stack ends at a page that cannot be read; a walk that goes there in
 * another thread must not lead us there. */
START_TEST(no_word_is_read_that_the_walk_would_not_read)
{
    char *memory = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    struct stack *stack = (void *)(memory + 4096 + 4096 - 40 * sizeof(uintptr_t));
    fill(stack, 1);
    struct sg_memo_start start = start_at(stack, 0x1000);
    keep(stack, &start, 100, 5);
    ck_assert_uint_eq(sg_memo_find(&start), 5);
    stack->words[39]++; /* here the paths part */
    ck_assert_int_eq(mprotect(memory + 8192, 4096, PROT_NONE), 0);
    ck_assert_uint_eq(sg_memo_find(&start), 0);
    munmap(memory, (size_t)3 * 4096);
}
END_TEST

START_TEST(what_is_being_written_is_no_hit_and_what_is_dropped_none)
{
    struct stack stack;
    fill(&stack, 1);
    struct sg_memo_start start = start_at(&stack, 0x1000);
    struct sg_memo_note note = sg_memo_begin(&start);
    ck_assert_ptr_nonnull(note.entry);
    ck_assert_uint_eq(sg_memo_find(&start), 0);
    sg_memo_end(&note, &start, 0);
    ck_assert_uint_eq(sg_memo_find(&start), 0);
    struct sg_memo_start unsettled = start;
    unsettled.era = 0;
    /* Of as many as there is room for, one is dropped: it keeps its words, but is no hit. */
    for (uint32_t place = 1; place <= 4; place++) {
        fill(&stack, place);
        keep(&stack, &start, 20, place);
    }
    note = sg_memo_begin(&start);
    sg_memo_end(&note, &start, 0);
    unsigned n_found = 0;
    for (uint32_t place = 1; place <= 4; place++) {
        fill(&stack, place);
        n_found += sg_memo_find(&start) == place;
        ck_assert_uint_eq(sg_memo_find(&unsettled), 0);
    }
    ck_assert_uint_eq(n_found, 3);
    note = sg_memo_begin(&unsettled);
    ck_assert_ptr_null(note.entry);
    sg_memo_word(&note, start.cfa, 1, false);
    sg_memo_end(&note, &unsettled, 4);
    ck_assert_uint_eq(sg_memo_find(&unsettled), 0);
}
END_TEST

/* Threads write and find entries of the same sets, with places that say which
 * stack they are of: a place of another stack would be a wrong hit. */
static void race(unsigned number)
{
    static struct stack stacks[TESTING_THREADS_MAX][4];
    for (unsigned i = 0; i < 20000; i++) {
        unsigned which = i % 4;
        struct stack *stack = &stacks[number][which];
        uint32_t salt = number * 1000 + which * 100 + i / 4 % 7;
        fill(stack, salt);
        struct sg_memo_start start = start_at(stack, 0x1000);
        start.cfa = (uintptr_t)stack->words;
        uint32_t place = sg_memo_find(&start);
        ck_assert(place == 0 || place == salt + 1);
        if (!place)
            keep(stack, &start, 20 + which * 20, salt + 1);
    }
}

START_TEST(threads_never_find_another_stack) { testing_threads(4, race); }
END_TEST

TESTING_MAIN("memo", what_was_kept_is_found_again, a_stack_that_is_too_deep_is_not_kept,
             there_is_room_for_many_once_they_are_many, many_paths_of_one_call_are_known,
             every_word_that_was_noted_counts, kind_caller_era_and_room_count,
             frame_pointers_move_with_the_stack, no_word_is_read_that_the_walk_would_not_read,
             what_is_being_written_is_no_hit_and_what_is_dropped_none, threads_never_find_another_stack)
