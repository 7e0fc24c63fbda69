/* What lies where in an interpreter, as it says itself: the words of real ones, and what is
 * made of them that does not fit. */
#include "python_layout.h"
#include "testing.h"

#define COOKIE UINT64_C(0x7970677562656478) /* "xdebugpy" */
#define WORDS 104

/* As Debian's 3.14.8 and 3.15.0, and a 3.13.0, have them on x86-64. */
static const uint64_t of_3_13[WORDS] = {
    COOKIE, 0x030d00f0, 0,    283320, 608, 632, 194968, 7272, 7264, 7344, 7400, 7656, 7640, 7648, 16,
    7752,   0,          7768, 7760,   304, 0,   8,      16,   72,   152,  160,  232,  32,   80,   8,
    0,      56,         72,   70,     208, 112, 120,    128,  136,  68,   52,   96,   104,  200,  16,
    8,      416,        24,   88,     168, 32,  24,     16,   40,   24,   16,   48,   32,   40,   24,
    16,     32,         16,   24,     40,  16,  32,     64,   32,   16,   40,   240,  200,
};
static const uint64_t of_3_14[WORDS] = {
    COOKIE, 0x030e08f0, 0,    316616, 784,  808,  225864, 7280, 7272, 7344, 7360, 7408, 7688, 7672,
    7680,   16,         7784, 0,      7800, 7792, 7992,   0,    832,  0,    8,    16,   72,   152,
    160,    232,        32,   88,     8,    0,    56,     80,   74,   64,   0,    216,  112,  120,
    128,    136,        68,   52,     96,   104,  208,    0,    16,   8,    416,  24,   88,   168,
    40,     32,         16,   40,     24,   16,   200,    24,   40,   32,   48,   32,   40,   24,
    16,     32,         16,   24,     40,   16,   32,     64,   32,   16,   40,   264,  192,
};
static const uint64_t of_3_15[WORDS] = {
    COOKIE, 0x030f00f0, 0,    346568, 912,  936, 226240, 7272, 7264, 7336, 7352, 7400, 7592, 7576, 7584, 16,
    7736,   0,          7752, 7744,   7944, 0,   888,    0,    8,    16,   72,   80,   88,   96,   176,  184,
    256,    32,         36,   40,     136,  288, 0,      88,   8,    0,    56,   80,   74,   64,   0,    216,
    112,    120,        128,  136,    68,   52,  96,     104,  208,  0,    16,   8,    424,  24,   88,   168,
    32,     288,        944,  888,    40,   32,  16,     40,   24,   16,   200,  24,   40,   32,   48,   32,
    40,     24,         16,   32,     16,   24,  40,     16,   32,   64,   32,   16,   40,   56,   176,
};
static const uint64_t *const all[] = {of_3_13, of_3_14, of_3_15};

static void check_code(const struct sg_python_fields *fields, unsigned instructions)
{
    ck_assert_uint_eq(fields->filename, 112);
    ck_assert_uint_eq(fields->qualname, 128);
    ck_assert_uint_eq(fields->linetable, 136);
    ck_assert_uint_eq(fields->first_line, 68);
    ck_assert_uint_eq(fields->instructions, instructions);
    ck_assert_uint_eq(fields->first_traceable, instructions - 16);
    ck_assert_uint_eq(fields->ascii, 40);
    ck_assert_uint_eq(fields->compact, 56);
}

static void check_frame(const struct sg_python_fields *fields, unsigned owner, unsigned locals)
{
    ck_assert(!fields->is_record);
    ck_assert_uint_eq(fields->thread_frame, 72);
    ck_assert_uint_eq(fields->code, 0);
    ck_assert_uint_eq(fields->previous, 8);
    ck_assert_uint_eq(fields->instruction, 56);
    ck_assert_uint_eq(fields->owner, owner);
    ck_assert_uint_eq(fields->locals, locals);
}

START_TEST(each_version_says_where_its_fields_lie)
{
    struct sg_python_fields fields;
    ck_assert_int_eq(sg_python_layout_find(0x030d00f0, of_3_13, &fields), SG_PYTHON_IS_READ);
    check_frame(&fields, 70, 72);
    check_code(&fields, 200);
    ck_assert_uint_eq(fields.thread_base, 0);
    ck_assert_int_eq(sg_python_layout_find(0x030e08f0, of_3_14, &fields), SG_PYTHON_IS_READ);
    check_frame(&fields, 74, 80);
    check_code(&fields, 208);
    ck_assert_uint_eq(fields.thread_base, 0);
    ck_assert_int_eq(sg_python_layout_find(0x030f00f0, of_3_15, &fields), SG_PYTHON_IS_READ);
    check_frame(&fields, 74, 80);
    check_code(&fields, 208);
    ck_assert_uint_eq(fields.thread_base, 80);
}
END_TEST

START_TEST(the_first_versions_are_known_without_it)
{
    struct sg_python_fields fields;
    ck_assert_int_eq(sg_python_layout_find(0x030b02f0, NULL, &fields), SG_PYTHON_IS_READ);
    ck_assert(fields.is_record);
    ck_assert_uint_eq(fields.is_entry, 68);
    ck_assert_int_eq(sg_python_layout_find(0x030c01f0, NULL, &fields), SG_PYTHON_IS_READ);
    ck_assert_uint_eq(fields.instructions, 192);
}
END_TEST

/* What a patch release may change, and where a field comes to lie then. */
START_TEST(a_patch_release_may_move_its_fields)
{
    for (unsigned i = 0; i < SG_COUNT(all); i++) {
        uint64_t words[WORDS];
        struct sg_python_fields fields;
        memcpy(words, all[i], sizeof words);
        unsigned frame = i == 0 ? 28 : i == 1 ? 31 : 39;
        words[1] += 0x2000;
        words[frame] += 8;
        words[frame + 4] += 8;
        ck_assert_int_eq(sg_python_layout_find(words[1], words, &fields), SG_PYTHON_IS_READ);
        ck_assert_uint_eq(fields.locals, words[frame + 4]);
    }
}
END_TEST

START_TEST(what_cannot_be_read_says_why)
{
    struct sg_python_fields fields;
    uint64_t words[WORDS];
    const struct {
        unsigned long version;
        enum sg_python_unread why;
    } others[] = {
        {0, SG_PYTHON_IS_UNKNOWN},          {0x030a04f0, SG_PYTHON_IS_UNKNOWN},
        {0x031000f0, SG_PYTHON_IS_UNKNOWN}, {0x031000a1, SG_PYTHON_IS_UNKNOWN},
        {0x04000000, SG_PYTHON_IS_UNKNOWN}, {0x030f00c2, SG_PYTHON_IS_PREVIEW},
        {0x030b00a7, SG_PYTHON_IS_PREVIEW},
    };
    for (unsigned i = 0; i < SG_COUNT(others); i++) {
        memcpy(words, of_3_15, sizeof words);
        words[1] = others[i].version;
        ck_assert_int_eq(sg_python_layout_find(others[i].version, words, &fields), others[i].why);
    }
    memcpy(words, of_3_14, sizeof words);
    words[2] = 1;
    ck_assert_int_eq(sg_python_layout_find(0x030e08f0, words, &fields), SG_PYTHON_IS_FREE_THREADED);
    ck_assert_int_eq(sg_python_layout_find(0x030e08f0, NULL, &fields), SG_PYTHON_IS_OTHER);
}
END_TEST

/* Another order of words than that of the version, or another cookie, is found out. */
START_TEST(what_does_not_fit_is_not_believed)
{
    struct sg_python_fields fields;
    uint64_t words[WORDS];
    for (unsigned i = 0; i < SG_COUNT(all); i++) {
        memcpy(words, all[(i + 1) % SG_COUNT(all)], sizeof words);
        words[1] = all[i][1];
        ck_assert_int_eq(sg_python_layout_find(words[1], words, &fields), SG_PYTHON_IS_OTHER);
        memcpy(words, all[i], sizeof words);
        memmove(words + 4, words + 3, sizeof words - 4 * sizeof words[0]);
        ck_assert_int_eq(sg_python_layout_find(words[1], words, &fields), SG_PYTHON_IS_OTHER);
        memcpy(words, all[i], sizeof words);
        words[0]++;
        ck_assert_int_eq(sg_python_layout_find(words[1], words, &fields), SG_PYTHON_IS_OTHER);
        ck_assert_int_eq(sg_python_layout_find(words[1] + 0x100, all[i], &fields), SG_PYTHON_IS_OTHER);
    }
}
END_TEST

START_TEST(a_field_lies_within_its_structure)
{
    static const unsigned frames[] = {28, 31, 39};
    for (unsigned i = 0; i < SG_COUNT(all); i++) {
        uint64_t words[WORDS];
        struct sg_python_fields fields;
        for (unsigned k = 1; k <= 5; k++) {
            memcpy(words, all[i], sizeof words);
            words[frames[i] + k] = words[frames[i]];
            ck_assert_int_eq(sg_python_layout_find(words[1], words, &fields), SG_PYTHON_IS_OTHER);
        }
        memcpy(words, all[i], sizeof words);
        words[frames[i]] = 1 << 20;
        ck_assert_int_eq(sg_python_layout_find(words[1], words, &fields), SG_PYTHON_IS_OTHER);
    }
}
END_TEST

START_TEST(a_reference_has_a_tag)
{
    struct sg_python_fields fields;
    ck_assert_int_eq(sg_python_layout_find(0x030e08f0, of_3_14, &fields), SG_PYTHON_IS_READ);
    ck_assert_uint_eq(sg_python_reference(&fields, 0x1000), 0x1000);
    ck_assert_uint_eq(sg_python_reference(&fields, 0x1001), 0x1000);
    ck_assert_uint_eq(sg_python_reference(&fields, 1), 0);      /* none */
    ck_assert_uint_eq(sg_python_reference(&fields, 0x1002), 0); /* since 3.15: no object's */
    ck_assert_uint_eq(sg_python_reference(&fields, 0x1003), 0); /* a number */
    ck_assert_uint_eq(sg_python_reference(&sg_python_layouts[0], 0x1001), 0x1001);
}
END_TEST

TESTING_MAIN("python_layout", each_version_says_where_its_fields_lie, the_first_versions_are_known_without_it,
             a_patch_release_may_move_its_fields, what_cannot_be_read_says_why,
             what_does_not_fit_is_not_believed, a_field_lies_within_its_structure, a_reference_has_a_tag)
