/* The bounded text builder: what fits is there, what does not is cut. */
#include "testing.h"
#include "out.h"

START_TEST(numbers_are_written_as_printf_would)
{
    const uint64_t numbers[] = {0, 1, 9, 10, 12345, UINT32_MAX, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < SG_COUNT(numbers); i++) {
        char text[64];
        char expected[64];
        struct sg_out out = sg_out_into(text, sizeof text);
        sg_out_number(&out, numbers[i]);
        sg_out_text(&out, " ");
        sg_out_signed(&out, (int64_t)numbers[i]);
        sg_out_text(&out, " ");
        sg_out_hex(&out, numbers[i]);
        snprintf(expected, sizeof expected, "%lu %ld 0x%lx", (unsigned long)numbers[i], (long)numbers[i],
                 (unsigned long)numbers[i]);
        ck_assert_str_eq(text, expected);
        ck_assert_uint_eq(out.length, strlen(expected));
        ck_assert(!out.is_cut);
    }
}
END_TEST

START_TEST(the_least_signed_number_is_written)
{
    char text[32];
    struct sg_out out = sg_out_into(text, sizeof text);
    sg_out_signed(&out, INT64_MIN);
    ck_assert_str_eq(text, "-9223372036854775808");
}
END_TEST

START_TEST(texts_are_joined_up_to_the_null)
{
    char text[32];
    struct sg_out out = sg_out_into(text, sizeof text);
    ck_assert_str_eq(text, "");
    sg_out_texts(&out, "one", "", ", two", NULL);
    sg_out_text(&out, NULL);
    sg_out_bytes(&out, ", three and more", 7);
    ck_assert_str_eq(text, "one, two, three");
    ck_assert(!out.is_cut);
}
END_TEST

/* Every size: nothing is written beyond the end, and the text is always
 * terminated. */
START_TEST(text_beyond_the_end_is_cut)
{
    static const char whole[] = "ab12-7-0x1f";
    for (size_t size = 1; size <= sizeof whole + 1; size++) {
        char text[sizeof whole + 4];
        memset(text, '#', sizeof text);
        struct sg_out out = sg_out_into(text, size);
        sg_out_text(&out, "ab");
        sg_out_number(&out, 12);
        sg_out_signed(&out, -7);
        sg_out_text(&out, "-");
        sg_out_hex(&out, 31);
        ck_assert_uint_eq(out.length, size < sizeof whole ? size - 1 : sizeof whole - 1);
        ck_assert_int_eq(strncmp(text, whole, out.length), 0);
        ck_assert_int_eq(text[out.length], '\0');
        for (size_t i = size; i < sizeof text; i++)
            ck_assert_int_eq(text[i], '#');
        ck_assert_int_eq(out.is_cut, size < sizeof whole);
    }
}
END_TEST

TESTING_MAIN("out", numbers_are_written_as_printf_would, the_least_signed_number_is_written,
             texts_are_joined_up_to_the_null, text_beyond_the_end_is_cut)
