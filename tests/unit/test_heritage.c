/* What parents and children tell each other through shared memory. */
#include "handles.h"
#include "heritage.h"
#include "testing.h"

static uint64_t life_of(uintptr_t handle) { return sg_known(&testing_tool, handle)->record.life; }
static uint32_t serial_of(uintptr_t handle) { return sg_known(&testing_tool, handle)->record.serial; }

static pid_t fork_child(void (*body)(void))
{
    pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    ck_assert_int_gt(child, 0);
    siginfo_t info;
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    return child;
}

static void start(void)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    testing_open(&testing_tool, 0x2000);
    testing_open_descriptor(5, (struct sg_socket){0});
}

static void close_some(void)
{
    (void)sg_closing(sg_known(&testing_tool, 0x1000));
    (void)sg_closing_descriptor(5);
}

static uint32_t asked_for;
static bool counts(uint32_t child, uint32_t tick)
{
    asked_for = child;
    return tick <= sg_arena_tick();
}
static bool counts_not(uint32_t child, uint32_t tick)
{
    (void)child;
    (void)tick;
    return false;
}

START_TEST(what_a_child_closed_is_known_if_it_counts)
{
    start();
    pid_t child = fork_child(close_some);
    ck_assert(sg_heritage_is_closed(life_of(0x1000), serial_of(0x1000), counts));
    ck_assert_uint_eq(asked_for, (uint32_t)child);
    ck_assert(sg_heritage_is_closed(sg_known_descriptor(5)->life, 5, counts));
    ck_assert(!sg_heritage_is_closed(life_of(0x2000), serial_of(0x2000), counts));
    ck_assert(!sg_heritage_is_closed(sg_known_descriptor(5)->life, 6, counts));
    ck_assert(!sg_heritage_is_closed(life_of(0x1000), serial_of(0x1000), counts_not));
    waitpid(child, NULL, 0);
}
END_TEST

static void close_some_and_become_another(void)
{
    close_some();
    sg_heritage_becomes_another(true);
}
static void close_some_and_fail_to(void)
{
    close_some_and_become_another();
    sg_heritage_becomes_another(false);
}

START_TEST(what_was_closed_before_an_exec_does_not_count)
{
    start();
    waitpid(fork_child(close_some_and_become_another), NULL, 0);
    ck_assert(!sg_heritage_is_closed(life_of(0x1000), serial_of(0x1000), counts));
    waitpid(fork_child(close_some_and_fail_to), NULL, 0);
    ck_assert(sg_heritage_is_closed(life_of(0x1000), serial_of(0x1000), counts));
}
END_TEST

static void close_its_own(void)
{
    testing_open(&testing_tool, 0x3000);
    (void)sg_closing(sg_known(&testing_tool, 0x3000));
}

START_TEST(what_a_child_opened_itself_is_its_own_affair)
{
    start();
    pid_t child = fork_child(close_its_own);
    testing_open(&testing_tool, 0x3000);
    ck_assert(!sg_heritage_is_closed(life_of(0x3000), serial_of(0x3000), counts));
    waitpid(child, NULL, 0);
}
END_TEST

static void leave_it(void) { _exit(sg_heritage_parent_is_first()); }
static void use_and_leave_it(void)
{
    testing_open(&testing_tool, 0x3000);
    leave_it();
}

START_TEST(a_child_that_ends_first_leaves_it_to_its_parent)
{
    void (*const bodies[])(void) = {leave_it, use_and_leave_it};
    for (unsigned i = 0; i < SG_COUNT(bodies); i++) {
        start();
        int status = -1;
        pid_t child = fork_child(bodies[i]);
        ck_assert(sg_heritage_child_is_first((uint32_t)child));
        waitpid(child, &status, 0);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

static int parent_is_done[2];
static void leave_it_later(void)
{
    char byte;
    (void)!read(parent_is_done[0], &byte, 1);
    use_and_leave_it();
}

START_TEST(a_parent_that_ends_first_leaves_it_to_its_child)
{
    start();
    ck_assert_int_eq(pipe(parent_is_done), 0);
    pid_t child = fork();
    if (child == 0)
        leave_it_later();
    ck_assert(!sg_heritage_child_is_first((uint32_t)child));
    ck_assert_int_eq(write(parent_is_done[1], "", 1), 1);
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

START_TEST(a_parent_that_goes_on_after_an_exec_leaves_nothing)
{
    start();
    ck_assert_int_eq(pipe(parent_is_done), 0);
    pid_t child = fork();
    if (child == 0)
        leave_it_later();
    ck_assert(!sg_heritage_child_is_first((uint32_t)child));
    sg_heritage_becomes_another(false);
    ck_assert_int_eq(write(parent_is_done[1], "", 1), 1);
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

TESTING_MAIN("heritage", what_a_child_closed_is_known_if_it_counts,
             what_was_closed_before_an_exec_does_not_count, what_a_child_opened_itself_is_its_own_affair,
             a_child_that_ends_first_leaves_it_to_its_parent, a_parent_that_ends_first_leaves_it_to_its_child,
             a_parent_that_goes_on_after_an_exec_leaves_nothing)
