/* The records of descriptors: an array by number. */
#include "descriptors.h"
#include "testing.h"

static struct sg_record record_of(uint64_t life)
{
    return (struct sg_record){
        .life = life, .owner = 7, .thread = 8, .peer = 9, .used = 10, .kind = 2, .serial = 0x01020304};
}

/* Makes room as the detector does, and puts the record in. */
static uint64_t put(int fd, const struct sg_record *fresh)
{
    return sg_descriptors_reserve(fd) ? sg_descriptors_put(fd, fresh) : UINT64_MAX;
}

START_TEST(a_record_is_put_and_taken)
{
    ck_assert(sg_arena_enter());
    struct sg_record fresh = record_of(100);
    ck_assert_uint_eq(put(5, &fresh), 0);
    ck_assert(memcmp(sg_descriptors_at(5), &fresh, sizeof fresh) == 0);
    ck_assert_int_eq(sg_descriptors_end(), 6);
    ck_assert_uint_eq(sg_descriptors_take(5), 100);
    ck_assert_uint_eq(sg_descriptors_at(5)->life, 0);
    ck_assert_uint_eq(sg_descriptors_take(5), 0);
    ck_assert_int_eq(sg_descriptors_end(), 6);
}
END_TEST

START_TEST(what_was_there_before_is_told)
{
    ck_assert(sg_arena_enter());
    struct sg_record first = record_of(100);
    struct sg_record second = record_of(200);
    put(0, &first);
    ck_assert_uint_eq(put(0, &second), 100);
    ck_assert_uint_eq(sg_descriptors_take(0), 200);
}
END_TEST

START_TEST(a_record_is_returned_unless_the_number_is_used_again)
{
    ck_assert(sg_arena_enter());
    struct sg_record first = record_of(100);
    struct sg_record second = record_of(200);
    put(3, &first);
    uint64_t life = sg_descriptors_take(3);
    ck_assert(sg_descriptors_return(3, life));
    ck_assert(memcmp(sg_descriptors_at(3), &first, sizeof first) == 0);
    life = sg_descriptors_take(3);
    put(3, &second);
    ck_assert(!sg_descriptors_return(3, life));
    ck_assert_uint_eq(sg_descriptors_take(3), 200);
}
END_TEST

START_TEST(what_auto_close_closes_stays_on_record)
{
    ck_assert(sg_arena_enter());
    struct sg_record fresh = record_of(100);
    put(4, &fresh);
    ck_assert(!sg_descriptors_is_final(sg_descriptors_at(4)));
    sg_descriptors_at(4)->socket.marks |= SG_SOCKET_IS_FINAL;
    ck_assert(sg_descriptors_is_final(sg_descriptors_at(4)));
    ck_assert_uint_eq(sg_descriptors_take(4), 0);
    ck_assert_uint_eq(sg_descriptors_at(4)->life, 100);
}
END_TEST

START_TEST(numbers_out_of_range_have_no_slot)
{
    ck_assert(sg_arena_enter());
    int end = (int)(sg_arena->sections[SG_SECTION_DESCRIPTORS].capacity / sizeof(struct sg_record));
    ck_assert_ptr_null(sg_descriptors_at(-1));
    ck_assert_ptr_null(sg_descriptors_at(INT32_MIN));
    ck_assert_ptr_null(sg_descriptors_at(end));
    ck_assert_ptr_null(sg_descriptors_at(INT32_MAX));
    ck_assert_uint_eq(sg_descriptors_take(-1), 0);
    ck_assert_uint_eq(sg_descriptors_take(end), 0);
    struct sg_record fresh = record_of(100);
    ck_assert_uint_eq(put(end - 1, &fresh), 0);
    ck_assert_int_eq(sg_descriptors_end(), end);
    ck_assert_uint_eq(sg_descriptors_take(end - 1), 100);
}
END_TEST

/* Each thread owns the numbers that the kernel gave it. */
enum { THREADS = 8, NUMBERS = 64, ROUNDS = 400 };
static uint32_t n_wrong; /* atomic */

static void open_and_close(unsigned number)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < NUMBERS; i++) {
            struct sg_record fresh = record_of(2 + (uint64_t)number * ROUNDS + round);
            int fd = (int)(i * THREADS + number);
            bool is_last = round == ROUNDS - 1 && i % 2 == 0;
            if (put(fd, &fresh) != 0 || (!is_last && sg_descriptors_take(fd) != fresh.life))
                __atomic_add_fetch(&n_wrong, 1, __ATOMIC_RELAXED);
        }
    }
}

START_TEST(threads_do_not_meet)
{
    ck_assert(sg_arena_enter());
    testing_threads(THREADS, open_and_close);
    ck_assert_uint_eq(n_wrong, 0);
    unsigned n_open = 0;
    for (int fd = 0; fd < sg_descriptors_end(); fd++)
        n_open += sg_life_is_open(sg_descriptors_at(fd)->life);
    ck_assert_uint_eq(n_open, THREADS * NUMBERS / 2);
}
END_TEST

TESTING_MAIN("descriptors", a_record_is_put_and_taken, what_was_there_before_is_told,
             a_record_is_returned_unless_the_number_is_used_again, what_auto_close_closes_stays_on_record,
             numbers_out_of_range_have_no_slot, threads_do_not_meet)
