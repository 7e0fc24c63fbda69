/* DWARF's encodings and expressions: values, limits and bounds. */
#include "dwarf.h"
#include "testing.h"

#define READER(bytes) ((struct sg_dwarf){.at = (bytes), .end = (bytes) + sizeof(bytes)})

START_TEST(fixed_sizes_are_read_in_turn)
{
    static const uint8_t bytes[] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 1, 2, 3, 4, 5, 6, 7, 0x88};
    struct sg_dwarf in = READER(bytes);
    ck_assert_uint_eq(sg_dwarf_u8(&in), 0x11);
    ck_assert_uint_eq(sg_dwarf_u16(&in), 0x3322);
    ck_assert_uint_eq(sg_dwarf_u32(&in), 0x77665544);
    struct sg_dwarf short_by_one = {.at = in.at, .end = in.end - 1};
    ck_assert_uint_eq(sg_dwarf_u64(&in), 0x8807060504030201);
    ck_assert(!in.is_bad);
    ck_assert_ptr_eq(in.at, in.end);
    ck_assert_uint_eq(sg_dwarf_u8(&in), 0);
    ck_assert(in.is_bad);
    ck_assert_uint_eq(sg_dwarf_u64(&short_by_one), 0);
    ck_assert(short_by_one.is_bad);
    /* Bad stays bad, also where there would be enough bytes. */
    ck_assert_uint_eq(sg_dwarf_u8(&short_by_one), 0);
}
END_TEST

static uint64_t read_unsigned(const uint8_t *bytes, size_t size, bool *is_bad)
{
    struct sg_dwarf in = {.at = bytes, .end = bytes + size};
    uint64_t value = sg_dwarf_unsigned(&in);
    *is_bad = in.is_bad;
    return value;
}

static int64_t read_signed(const uint8_t *bytes, size_t size, bool *is_bad)
{
    struct sg_dwarf in = {.at = bytes, .end = bytes + size};
    int64_t value = sg_dwarf_signed(&in);
    *is_bad = in.is_bad;
    return value;
}

START_TEST(leb128_examples_of_the_standard_are_read)
{
    /* DWARF 5, figures C.1 and C.2. */
    static const struct {
        uint64_t value;
        uint8_t bytes[2];
    } plain[] = {{2, {2}}, {127, {127}}, {128, {0x80, 1}}, {129, {0x81, 1}}, {12857, {0x39 + 0x80, 100}}};
    static const struct {
        int64_t value;
        uint8_t bytes[2];
    } with_sign[] = {
        {2, {2}},         {-2, {0x7e}},         {127, {127 + 0x80, 0}}, {-127, {1 + 0x80, 0x7f}},
        {128, {0x80, 1}}, {-128, {0x80, 0x7f}}, {129, {0x81, 1}},       {-129, {0x7f + 0x80, 0x7e}}};
    bool is_bad = true;
    for (size_t i = 0; i < SG_COUNT(plain); i++) {
        ck_assert_uint_eq(read_unsigned(plain[i].bytes, 2, &is_bad), plain[i].value);
        ck_assert(!is_bad);
    }
    for (size_t i = 0; i < SG_COUNT(with_sign); i++) {
        ck_assert_int_eq(read_signed(with_sign[i].bytes, 2, &is_bad), with_sign[i].value);
        ck_assert(!is_bad);
    }
}
END_TEST

START_TEST(leb128_limits)
{
    static const uint8_t most[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    static const uint8_t least[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f};
    static const uint8_t largest[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00};
    static const uint8_t padded[] = {0x81, 0x80, 0x80, 0x80, 0x00};
    static const uint8_t endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    bool is_bad = true;
    ck_assert_uint_eq(read_unsigned(most, sizeof most, &is_bad), UINT64_MAX);
    ck_assert(!is_bad);
    ck_assert_int_eq(read_signed(least, sizeof least, &is_bad), INT64_MIN);
    ck_assert(!is_bad);
    ck_assert_int_eq(read_signed(largest, sizeof largest, &is_bad), INT64_MAX);
    ck_assert(!is_bad);
    ck_assert_uint_eq(read_unsigned(padded, sizeof padded, &is_bad), 1);
    ck_assert_int_eq(read_signed(padded, sizeof padded, &is_bad), 1);
    ck_assert(!is_bad);
    read_unsigned(endless, sizeof endless, &is_bad);
    ck_assert(is_bad);
    read_signed(endless, sizeof endless, &is_bad);
    ck_assert(is_bad);
    for (size_t size = 0; size < sizeof most; size++) {
        read_unsigned(most, size, &is_bad);
        ck_assert(is_bad);
        read_signed(least, size, &is_bad);
        ck_assert(is_bad);
    }
}
END_TEST

START_TEST(leb128_of_every_length_is_read)
{
    for (unsigned shift = 0; shift < 64; shift++) {
        const int64_t values[] = {INT64_MIN >> shift, INT64_MAX >> shift, -(INT64_MAX >> shift)};
        for (size_t i = 0; i < SG_COUNT(values); i++) {
            uint8_t bytes[10];
            size_t size = 0;
            bool is_last = false;
            for (int64_t rest = values[i]; !is_last; rest >>= 7) {
                is_last = rest >= -64 && rest < 64;
                bytes[size++] = (uint8_t)((rest & 0x7f) | (is_last ? 0 : 0x80));
            }
            bool is_bad = true;
            ck_assert_int_eq(read_signed(bytes, size, &is_bad), values[i]);
            ck_assert(!is_bad);
        }
    }
}
END_TEST

START_TEST(skipping_stays_within)
{
    static const uint8_t bytes[4] = {1, 2, 3, 4};
    struct sg_dwarf in = READER(bytes);
    sg_dwarf_skip(&in, 3);
    ck_assert_uint_eq(sg_dwarf_u8(&in), 4);
    sg_dwarf_skip(&in, 0);
    ck_assert(!in.is_bad);
    sg_dwarf_skip(&in, 1);
    ck_assert(in.is_bad);
    in = READER(bytes);
    sg_dwarf_skip(&in, UINT64_MAX);
    ck_assert(in.is_bad);
}
END_TEST

START_TEST(addresses_are_read_in_every_encoding)
{
    static const uint8_t bytes[8] = {0xfe, 0xff, 0xff, 0xff, 0x01, 0, 0, 0x80};
    const uintptr_t here = (uintptr_t)bytes;
    static const struct {
        uint8_t encoding;
        uintptr_t value;
        unsigned size;
    } cases[] = {
        {0x00, 0x80000001fffffffe, 8}, {0x04, 0x80000001fffffffe, 8},
        {0x0c, 0x80000001fffffffe, 8}, {0x02, 0xfffe, 2},
        {0x03, 0xfffffffe, 4},         {0x0a, (uintptr_t)-2, 2},
        {0x0b, (uintptr_t)-2, 4},      {0x01, 0x1ffffffe, 5},
        {0x09, 0x1ffffffe, 5},
    };
    for (size_t i = 0; i < SG_COUNT(cases); i++) {
        struct sg_dwarf in = READER(bytes);
        ck_assert_uint_eq(sg_dwarf_encoded(&in, cases[i].encoding, 77), cases[i].value);
        ck_assert(!in.is_bad);
        ck_assert_ptr_eq(in.at, bytes + cases[i].size);
        in = READER(bytes);
        ck_assert_uint_eq(sg_dwarf_encoded(&in, cases[i].encoding | 0x10, 77), here + cases[i].value);
        in = READER(bytes);
        ck_assert_uint_eq(sg_dwarf_encoded(&in, cases[i].encoding | 0x30, 77), 77 + cases[i].value);
        ck_assert(!in.is_bad);
        in = (struct sg_dwarf){.at = bytes, .end = bytes + cases[i].size - 1};
        sg_dwarf_encoded(&in, cases[i].encoding, 0);
        ck_assert(in.is_bad);
    }
}
END_TEST

START_TEST(unknown_encodings_are_refused)
{
    static const uint8_t bytes[8] = {0};
    static const uint8_t unknown[] = {0x05, 0x06, 0x07, 0x08, 0x0d, 0x0e, 0x0f,
                                      0x20, 0x40, 0x50, 0x80, 0x9b, 0xff};
    for (size_t i = 0; i < SG_COUNT(unknown); i++) {
        struct sg_dwarf in = READER(bytes);
        sg_dwarf_encoded(&in, unknown[i], 0);
        ck_assert_msg(in.is_bad, "encoding %#x", unknown[i]);
    }
}
END_TEST

START_TEST(an_entry_ends_where_it_says)
{
    static const uint8_t small[] = {3, 0, 0, 0, 'a', 'b', 'c', 'd'};
    static const uint8_t large[] = {0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c'};
    struct sg_dwarf in = sg_dwarf_entry(small, small + sizeof small);
    ck_assert_ptr_eq(in.at, small + 4);
    ck_assert_ptr_eq(in.end, small + 7);
    in = sg_dwarf_entry(large, large + sizeof large);
    ck_assert_ptr_eq(in.at, large + 12);
    ck_assert_ptr_eq(in.end, large + 14);
    ck_assert(!in.is_bad);
}
END_TEST

START_TEST(only_the_stack_is_loaded_from)
{
    uintptr_t words[4] = {10, 20, 30, 40};
    uintptr_t low = (uintptr_t)&words[1];
    uintptr_t high = (uintptr_t)&words[3];
    uintptr_t value = 5;
    ck_assert(sg_dwarf_load(low, low, high, &value));
    ck_assert_uint_eq(value, 20);
    ck_assert(sg_dwarf_load(high - 8, low, high, &value));
    ck_assert_uint_eq(value, 30);
    ck_assert(!sg_dwarf_load(low - 8, low, high, &value));
    ck_assert(!sg_dwarf_load(high, low, high, &value));
    ck_assert(!sg_dwarf_load(low + 4, low, high, &value));
    ck_assert(!sg_dwarf_load(high - 8, low, high - 1, &value));
    ck_assert(!sg_dwarf_load(UINTPTR_MAX - 7, low, high, &value));
    ck_assert(!sg_dwarf_load(0, low, high, &value));
    ck_assert_uint_eq(value, 30);
}
END_TEST

static uintptr_t stack_words[2] = {0x1234, 0x5678};

/* Evaluates over two registers, 1000 and the address of stack_words. */
static bool evaluate(const uint8_t *bytes, size_t size, const uintptr_t *initial, uintptr_t *value)
{
    const uintptr_t reg[2] = {1000, (uintptr_t)stack_words};
    struct sg_dwarf in = {.at = bytes, .end = bytes + size};
    return sg_dwarf_evaluate(in, reg, 2, (uintptr_t)stack_words, (uintptr_t)(stack_words + 2), initial,
                             value);
}

START_TEST(expressions_are_evaluated)
{
    static const struct {
        uintptr_t value;
        uint8_t size, bytes[12];
    } cases[] = {
        {0, 1, {0x30}},                         /* lit0 */
        {31, 1, {0x4f}},                        /* lit31 */
        {1000, 2, {0x70, 0}},                   /* breg0 0 */
        {992, 2, {0x70, 0x78}},                 /* breg0 -8 */
        {0x1234, 3, {0x71, 0, 0x06}},           /* breg1 0; deref */
        {0x5678, 3, {0x71, 8, 0x06}},           /* breg1 8; deref */
        {200, 2, {0x08, 200}},                  /* const1u */
        {(uintptr_t)-56, 2, {0x09, 200}},       /* const1s */
        {0xfffe, 3, {0x0a, 0xfe, 0xff}},        /* const2u */
        {(uintptr_t)-2, 3, {0x0b, 0xfe, 0xff}}, /* const2s */
        {300, 3, {0x10, 0xac, 0x02}},           /* constu */
        {(uintptr_t)-1, 2, {0x11, 0x7f}},       /* consts */
        {10, 3, {0x35, 0x12, 0x22}},            /* lit5; dup; plus */
        {133, 4, {0x35, 0x23, 0x80, 0x01}},     /* lit5; plus_uconst 128 */
        {4, 3, {0x36, 0x3c, 0x1a}},             /* lit6 and lit12 */
        {14, 3, {0x36, 0x3c, 0x21}},            /* lit6 or lit12 */
        {7, 3, {0x39, 0x32, 0x1c}},             /* lit9 minus lit2 */
        {36, 3, {0x39, 0x32, 0x24}},            /* lit9 shl lit2 */
        {2, 3, {0x39, 0x32, 0x25}},             /* lit9 shr lit2 */
        {1, 3, {0x39, 0x32, 0x2a}},             /* lit9 ge lit2 */
        {1, 3, {0x39, 0x39, 0x2a}},             /* lit9 ge lit9 */
        {0, 3, {0x32, 0x39, 0x2a}},             /* lit2 ge lit9 */
        {0, 4, {0x09, 0xff, 0x30, 0x2a}},       /* -1 ge 0: the comparison has a sign */
        {0, 4, {0x31, 0x08, 64, 0x24}},         /* shifting everything out */
        {0, 4, {0x31, 0x08, 200, 0x25}},
        /* What linkers write for a procedure linkage table, with breg0 for rip:
         * breg0 3; lit15; and; lit11; ge; lit3; shl. */
        {8, 8, {0x70, 3, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24}},
        {0, 8, {0x70, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24}},
    };
    for (size_t i = 0; i < SG_COUNT(cases); i++) {
        uintptr_t value = 99;
        ck_assert_msg(evaluate(cases[i].bytes, cases[i].size, NULL, &value), "case %zu", i);
        ck_assert_msg(value == cases[i].value, "case %zu: %#lx", i, (unsigned long)value);
    }
}
END_TEST

START_TEST(the_initial_value_is_pushed_first)
{
    static const uint8_t bytes[] = {0x38, 0x1c}; /* lit8; minus */
    const uintptr_t initial = 108;
    uintptr_t value = 0;
    ck_assert(evaluate(bytes, sizeof bytes, &initial, &value));
    ck_assert_uint_eq(value, 100);
    ck_assert(evaluate(bytes, 0, &initial, &value));
    ck_assert_uint_eq(value, 108);
}
END_TEST

START_TEST(bad_expressions_are_refused)
{
    static const struct {
        uint8_t size, bytes[12];
    } cases[] = {
        {0, {0}},          /* nothing to return */
        {1, {0x06}},       /* deref of nothing */
        {1, {0x12}},       /* dup of nothing */
        {2, {0x31, 0x22}}, /* plus of one value */
        {2, {0x72, 0}},    /* a register that there is not */
        {1, {0x70}},       /* an operand is missing */
        {1, {0x08}},
        {2, {0x0a, 1}},
        {2, {0x10, 0x80}},
        {2, {0x30, 0x06}}, /* deref outside of the stack */
        {3, {0x71, 16, 0x06}},
        {3, {0x71, 0x78, 0x06}},
        {3, {0x71, 1, 0x06}},                                        /* not aligned */
        {3, {0x31, 0x31, 0x1b}},                                     /* div, which nobody uses */
        {2, {0x31, 0x96}},                                           /* nop, likewise */
        {3, {0x2f, 0, 0}},                                           /* skip */
        {9, {0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31}}, /* too deep */
    };
    for (size_t i = 0; i < SG_COUNT(cases); i++) {
        uintptr_t value = 99;
        ck_assert_msg(!evaluate(cases[i].bytes, cases[i].size, NULL, &value), "case %zu", i);
    }
    uintptr_t value = 0;
    ck_assert(evaluate(cases[SG_COUNT(cases) - 1].bytes, 8, NULL, &value));
}
END_TEST

TESTING_MAIN("dwarf", fixed_sizes_are_read_in_turn, leb128_examples_of_the_standard_are_read, leb128_limits,
             leb128_of_every_length_is_read, skipping_stays_within, addresses_are_read_in_every_encoding,
             unknown_encodings_are_refused, an_entry_ends_where_it_says, only_the_stack_is_loaded_from,
             expressions_are_evaluated, the_initial_value_is_pushed_first, bad_expressions_are_refused)
