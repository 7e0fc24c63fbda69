/* Strings of the arena: each is kept once, also when threads meet. */
#include "strings.h"
#include "testing.h"

START_TEST(a_string_is_kept_once)
{
    ck_assert(sg_arena_enter());
    uint32_t one = sg_strings_text("one");
    uint32_t two = sg_strings_text("two");
    ck_assert_uint_ne(one, 0);
    ck_assert_uint_ne(one, two);
    uint64_t used = sg_arena->sections[SG_SECTION_STRINGS].size;
    ck_assert_uint_eq(sg_strings_text("one"), one);
    ck_assert_uint_eq(sg_strings_intern(SG_STRING_TEXT, "two and more", 3), two);
    ck_assert_uint_eq(sg_arena->sections[SG_SECTION_STRINGS].size, used);
    const struct sg_string *string = sg_strings_get(two);
    ck_assert_uint_eq(string->length, 3);
    ck_assert_uint_eq(string->type, SG_STRING_TEXT);
    ck_assert(memcmp(string->bytes, "two", 3) == 0);
}
END_TEST

START_TEST(the_type_and_the_length_tell_strings_apart)
{
    ck_assert(sg_arena_enter());
    uint32_t text = sg_strings_intern(SG_STRING_TEXT, "abcd", 4);
    uint32_t address = sg_strings_intern(SG_STRING_SOCKADDR, "abcd", 4);
    uint32_t longer = sg_strings_intern(SG_STRING_TEXT, "abcd", 5);
    ck_assert_uint_ne(text, address);
    ck_assert_uint_ne(text, longer);
    ck_assert_uint_eq(sg_strings_get(address)->type, SG_STRING_SOCKADDR);
}
END_TEST

START_TEST(nothing_and_empty_are_no_string)
{
    ck_assert(sg_arena_enter());
    ck_assert_uint_eq(sg_strings_text(NULL), 0);
    ck_assert_uint_eq(sg_strings_text(""), 0);
    ck_assert_ptr_null(sg_strings_get(0));
}
END_TEST

START_TEST(a_long_string_is_cut)
{
    static char bytes[70000];
    ck_assert(sg_arena_enter());
    memset(bytes, 'x', sizeof bytes);
    uint32_t reference = sg_strings_intern(SG_STRING_TEXT, bytes, sizeof bytes);
    ck_assert_uint_eq(sg_strings_get(reference)->length, UINT16_MAX);
    ck_assert_uint_eq(sg_strings_intern(SG_STRING_TEXT, bytes, sizeof bytes), reference);
}
END_TEST

START_TEST(a_full_section_gives_no_string)
{
    ck_assert(sg_arena_enter());
    uint32_t known = sg_strings_text("known");
    sg_arena->sections[SG_SECTION_STRINGS].capacity = sg_arena->sections[SG_SECTION_STRINGS].size;
    ck_assert_uint_eq(sg_strings_text("unknown"), 0);
    ck_assert_uint_eq(sg_strings_text("known"), known);
}
END_TEST

static uint64_t fill_with(uint32_t (*add)(enum sg_string_type, const void *, size_t),
                          enum sg_string_type type)
{
    for (unsigned i = 0; add(type, &i, sizeof i); i++)
        ck_assert_uint_lt(i, 100000);
    return sg_arena->sections[SG_SECTION_STRINGS].size;
}

START_TEST(each_sort_leaves_room_for_what_is_needed_more)
{
    enum { CAPACITY = 100000 };
    ck_assert(sg_arena_enter());
    sg_arena->sections[SG_SECTION_STRINGS].capacity = CAPACITY;
    uint64_t peers = fill_with(sg_strings_peer, SG_STRING_SOCKADDR);
    uint64_t frames = fill_with(sg_strings_intern, SG_STRING_FRAME);
    uint64_t texts = fill_with(sg_strings_intern, SG_STRING_TEXT);
    ck_assert(peers > CAPACITY / 2 - 100 && peers <= CAPACITY / 2);
    ck_assert(frames > CAPACITY / 4 * 3 - 100 && frames <= CAPACITY / 4 * 3);
    ck_assert(texts > CAPACITY / 8 * 7 - 100 && texts <= CAPACITY / 8 * 7);
    ck_assert_uint_eq(sg_strings_text("a path"), 0);
    ck_assert_uint_ne(sg_strings_last(SG_STRING_TEXT, "options", 7), 0);
    ck_assert_uint_gt(fill_with(sg_strings_last, SG_STRING_TEXT), CAPACITY - 100);
}
END_TEST

/* More strings than buckets, so that some must share one. */
START_TEST(strings_of_one_bucket_are_told_apart)
{
    enum { COUNT = 40000 };
    static uint32_t references[COUNT];
    ck_assert(sg_arena_enter());
    for (unsigned i = 0; i < COUNT; i++)
        references[i] = sg_strings_intern(SG_STRING_TEXT, &i, sizeof i);
    for (unsigned i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(sg_strings_intern(SG_STRING_TEXT, &i, sizeof i), references[i]);
        ck_assert(memcmp(sg_strings_get(references[i])->bytes, &i, sizeof i) == 0);
    }
}
END_TEST

enum { THREADS = 8, WORDS = 3000 };
static uint32_t seen[THREADS][WORDS];

static void intern_all(unsigned number)
{
    for (unsigned i = 0; i < WORDS; i++) {
        char word[16];
        int length = snprintf(word, sizeof word, "word %u", i);
        seen[number][i] = sg_strings_intern(SG_STRING_TEXT, word, (size_t)length);
    }
}

START_TEST(threads_get_the_same_references)
{
    ck_assert(sg_arena_enter());
    testing_threads(THREADS, intern_all);
    for (unsigned i = 0; i < WORDS; i++) {
        char word[16];
        int length = snprintf(word, sizeof word, "word %u", i);
        const struct sg_string *string = sg_strings_get(seen[0][i]);
        ck_assert_int_eq(string->length, length);
        ck_assert(memcmp(string->bytes, word, (size_t)length) == 0);
        for (unsigned thread = 1; thread < THREADS; thread++)
            ck_assert_uint_eq(seen[thread][i], seen[0][i]);
    }
}
END_TEST

static uint32_t n_entered; /* atomic */

static void enter(unsigned number)
{
    (void)number;
    if (sg_arena_enter() && sg_arena->magic == SG_LAYOUT_MAGIC && sg_arena->sections[0].size >= 8)
        __atomic_add_fetch(&n_entered, 1, __ATOMIC_RELAXED);
}

START_TEST(threads_prepare_the_arena_once)
{
    ck_assert(!sg_arena_is_used());
    testing_threads(THREADS, enter);
    ck_assert_uint_eq(n_entered, THREADS);
    ck_assert_uint_eq(sg_arena_epoch, 1);
}
END_TEST

TESTING_MAIN("strings", a_string_is_kept_once, the_type_and_the_length_tell_strings_apart,
             nothing_and_empty_are_no_string, a_long_string_is_cut, a_full_section_gives_no_string,
             each_sort_leaves_room_for_what_is_needed_more, strings_of_one_bucket_are_told_apart,
             threads_get_the_same_references, threads_prepare_the_arena_once)
