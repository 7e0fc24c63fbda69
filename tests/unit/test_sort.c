/* Sorting and searching of numbers, judged by qsort() and by looking at all. */
#include "testing.h"
#include "sort.h"

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

START_TEST(any_numbers_are_sorted)
{
    static uint64_t numbers[600], expected[600];
    uint64_t state = 88172645463325252U;
    for (size_t count = 0; count <= SG_COUNT(numbers); count += 1 + count / 7) {
        /* Few distinct values make duplicates; many make none. */
        for (uint64_t mask = 3; mask; mask = mask == 3 ? UINT64_MAX : 0) {
            for (size_t i = 0; i < count; i++)
                expected[i] = numbers[i] = next_random(&state) & mask;
            sg_sort(numbers, count);
            qsort(expected, count, sizeof expected[0], compare);
            ck_assert(memcmp(numbers, expected, count * sizeof numbers[0]) == 0);
        }
    }
}
END_TEST

START_TEST(sorted_and_reversed_numbers_are_sorted)
{
    uint64_t up[] = {0, 1, 2, 3, 4, UINT64_MAX};
    uint64_t down[] = {UINT64_MAX, 4, 3, 2, 1, 0};
    sg_sort(up, SG_COUNT(up));
    sg_sort(down, SG_COUNT(down));
    ck_assert(memcmp(up, down, sizeof up) == 0);
    ck_assert_uint_eq(up[0], 0);
    ck_assert_uint_eq(up[5], UINT64_MAX);
    sg_sort(NULL, 0);
}
END_TEST

START_TEST(what_is_there_is_found_and_nothing_else)
{
    for (size_t count = 0; count < 40; count++) {
        uint64_t numbers[40];
        for (size_t i = 0; i < count; i++)
            numbers[i] = 10 + 2 * i;
        for (uint64_t wanted = 0; wanted < 100; wanted++) {
            size_t index = 999;
            bool is_there = wanted >= 10 && wanted % 2 == 0 && (wanted - 10) / 2 < count;
            ck_assert_int_eq(sg_sort_find(numbers, count, wanted, &index), is_there);
            ck_assert_int_eq(sg_sort_find(numbers, count, wanted, NULL), is_there);
            ck_assert_uint_eq(index, is_there ? (wanted - 10) / 2 : 999);
        }
    }
}
END_TEST

TESTING_MAIN("sort", any_numbers_are_sorted, sorted_and_reversed_numbers_are_sorted,
             what_is_there_is_found_and_nothing_else)
