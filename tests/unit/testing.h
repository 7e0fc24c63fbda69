/* What the unit tests share: a main function from one line, and a detector
 * with a few kinds of its own. Check runs each test in a process of its own,
 * so that each begins with an empty arena.
 *
 * Layer:   tests
 * Threads: as each test says.
 * Memory:  the arena.
 * Fails:   main() returns 1 when a test fails.
 */
#ifndef SG_TESTING_H
#define SG_TESTING_H

#include "arena.h"
#include "detector.h"
#include "places.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A function that stays as it is written: clang has no attribute for that, but
 * keeps one that is not inlined. */
#ifdef __clang__
#define TESTING_NOIPA
#define TESTING_OPTIMIZE(option)
#else
#define TESTING_NOIPA __attribute__((noipa))
#define TESTING_OPTIMIZE(option) __attribute__((optimize(option)))
#endif

#define TESTING_SECONDS 1200 /* for one test, which then hangs, however busy the machine is */

static inline int testing_run(const char *module, const TTest *const *tests, size_t n_tests)
{
    Suite *suite = suite_create(module);
    TCase *all = tcase_create(module);
    tcase_set_timeout(all, TESTING_SECONDS);
    for (size_t i = 0; i < n_tests; i++)
        tcase_add_test(all, tests[i]);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define TESTING_MAIN(module, ...)                                                                            \
    int main(void)                                                                                           \
    {                                                                                                        \
        const TTest *const tests[] = {__VA_ARGS__};                                                          \
        return testing_run(module, tests, SG_COUNT(tests));                                                  \
    }

/* Calls `body` with 0, 1, ... on as many threads at once, and waits for them. */
#define TESTING_THREADS_MAX 16

struct testing_thread {
    pthread_t thread;
    pthread_barrier_t *start;
    void (*body)(unsigned number);
    unsigned number;
};

static inline void *testing_thread_main(void *context)
{
    struct testing_thread *self = context;
    pthread_barrier_wait(self->start);
    self->body(self->number);
    return NULL;
}

static inline void testing_threads(unsigned count, void (*body)(unsigned number))
{
    struct testing_thread threads[TESTING_THREADS_MAX];
    pthread_barrier_t start;
    ck_assert_uint_le(count, TESTING_THREADS_MAX);
    pthread_barrier_init(&start, NULL, count);
    for (unsigned i = 0; i < count; i++) {
        threads[i] = (struct testing_thread){.start = &start, .body = body, .number = i};
        ck_assert_int_eq(pthread_create(&threads[i].thread, NULL, testing_thread_main, &threads[i]), 0);
    }
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i].thread, NULL);
    pthread_barrier_destroy(&start);
}

/* Runs `body` in a forked child. Returns what it returned, -1 if it crashed. */
static inline int testing_in_child(int (*body)(void))
{
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(body());
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A family that no library has. */
static struct sg_kind testing_tool = {
    .name = "test.tool", .title = "tool of the tests", .close_with = "tool_close", .rank = SG_RANK_SESSION};
static struct sg_kind testing_box = {
    .name = "test.box", .title = "box of the tests", .close_with = "box_close", .rank = SG_RANK_GROUP};
static struct sg_kind testing_wire = {.name = "wire",
                                      .title = "wire of the tests",
                                      .close_with = "close",
                                      .rank = SG_RANK_SOCKET,
                                      .flags = SG_KIND_DESCRIPTOR | SG_KIND_OWNED};
static const struct sg_family testing_family = {
    "test", (struct sg_kind *const[]){&testing_tool, &testing_box, &testing_wire, NULL}};
static struct sg_options testing_options;

/* Starts the detector with these options and the kinds above. */
static inline void testing_start(const char *options)
{
    static const struct sg_family *const families[] = {&testing_family, NULL};
    sg_options_init(&testing_options);
    ck_assert_int_eq(sg_options_parse(&testing_options, options, "test", NULL, NULL), 0);
    sg_detector_start(families, &testing_options);
}

/* Opens, as a hook would. Not inlined, so that the caller is one frame. */
static SG_NOINLINE __attribute__((unused)) uint32_t testing_open(struct sg_kind *kind, uintptr_t handle)
{
    struct sg_site site = SG_SITE();
    uint32_t serial = sg_serial_next();
    sg_opened(kind, handle, &site, serial, 0);
    return serial;
}

static SG_NOINLINE __attribute__((unused)) void testing_open_descriptor(int fd, struct sg_socket about)
{
    struct sg_site site = SG_SITE();
    sg_opened_descriptor(&testing_wire, fd, &site, about);
}

/* Sums of the counters of all places. */
struct testing_sums {
    uint64_t n_places, opened, closed;
};

static inline struct testing_sums testing_sum_places(void)
{
    struct testing_sums sums = {0};
    uint64_t end = sg_arena->sections[SG_SECTION_PLACES].size;
    for (uint64_t at = 8; at < end;) {
        const struct sg_place *place = sg_places_get((uint32_t)(at / 8));
        sums.n_places += place->number != 0;
        sums.opened += place->opened;
        sums.closed += place->closed;
        at += sg_place_size(place->room);
    }
    return sums;
}

#endif
