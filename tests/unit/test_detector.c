/* The facade: what is told to it, what it keeps, and what it must not touch. */
#include "descriptors.h"
#include "handles.h"
#include "places.h"
#include "strings.h"
#include "sys.h"
#include "testing.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

static unsigned count_handles(void)
{
    unsigned count = 0;
    const struct sg_handle *slot;
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        count += sg_life_is_open(slot->record.life);
    return count;
}

START_TEST(an_opened_handle_is_known_until_it_is_closed)
{
    testing_start("");
    ck_assert(!sg_arena_is_used());
    ck_assert_ptr_null(sg_known(&testing_tool, 0x1000));
    uint32_t serial = testing_open(&testing_tool, 0x1000);
    struct sg_handle *slot = sg_known(&testing_tool, 0x1000);
    ck_assert_ptr_nonnull(slot);
    ck_assert_uint_eq(slot->record.serial, serial);
    ck_assert_uint_eq(slot->record.kind, testing_tool.number);
    ck_assert_uint_eq(slot->record.thread, (uint32_t)sg_sys_thread());
    ck_assert_uint_ge(sg_life_tick(slot->record.life), 1);
    ck_assert_ptr_null(sg_known(&testing_box, 0x1000));
    ck_assert_uint_eq(sg_closing(sg_known(&testing_box, 0x1000)), 0);
    struct sg_taken taken = sg_trying_to_close(sg_known(&testing_tool, 0x1000));
    ck_assert_uint_ne(taken.life, 0);
    ck_assert_ptr_null(sg_known(&testing_tool, 0x1000));
    ck_assert_uint_eq(sg_closing(sg_known(&testing_tool, 0x1000)), 0);
    struct testing_sums sums = testing_sum_places();
    ck_assert_uint_eq(sums.opened, 1);
    ck_assert_uint_eq(sums.closed, 1);
    ck_assert_uint_eq(sg_detector_opened(), 1);
    ck_assert_uint_eq(sg_arena->untracked, 0);
}
END_TEST

START_TEST(the_arena_knows_the_kinds)
{
    testing_start("");
    ck_assert_ptr_eq(sg_detector_kind(0), &testing_tool);
    ck_assert_ptr_eq(sg_detector_kind(2), &testing_wire);
    ck_assert_ptr_null(sg_detector_kind(3));
    testing_open(&testing_tool, 0x1000);
    const struct sg_kind_entry *entries = sg_arena_at(SG_SECTION_KINDS, 0);
    ck_assert_uint_eq(sg_arena->sections[SG_SECTION_KINDS].size, 3 * sizeof entries[0]);
    ck_assert_str_eq(entries[1].name, "test.box");
    ck_assert_str_eq(entries[1].title, "box of the tests");
    ck_assert_str_eq(entries[1].close_with, "box_close");
    ck_assert_uint_eq(entries[1].rank, SG_RANK_GROUP);
    ck_assert_uint_eq(entries[2].flags, SG_KIND_DESCRIPTOR | SG_KIND_OWNED);
}
END_TEST

START_TEST(a_failed_close_leaves_the_record_as_it_was)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    struct sg_handle before = *sg_known(&testing_tool, 0x1000);
    struct sg_taken taken = sg_trying_to_close(sg_known(&testing_tool, 0x1000));
    sg_close_failed(&taken);
    ck_assert(memcmp(sg_known(&testing_tool, 0x1000), &before, sizeof before) == 0);
    ck_assert_uint_eq(testing_sum_places().closed, 0);
    /* What was never known does not become so. */
    taken = sg_trying_to_close(sg_known(&testing_tool, 0x2000));
    sg_close_failed(&taken);
    ck_assert_uint_eq(count_handles(), 1);
    testing_open_descriptor(9, (struct sg_socket){.domain = AF_INET});
    struct sg_record record = *sg_known_descriptor(9);
    uint64_t life = sg_closing_descriptor(9);
    ck_assert_ptr_null(sg_known_descriptor(9));
    sg_close_descriptor_failed(9, life);
    ck_assert(memcmp(sg_known_descriptor(9), &record, sizeof record) == 0);
    ck_assert_uint_eq(testing_sum_places().closed, 0);
    /* Another thread got the number meanwhile: its record stays. */
    life = sg_closing_descriptor(9);
    testing_open_descriptor(9, (struct sg_socket){.domain = AF_UNIX});
    sg_close_descriptor_failed(9, life);
    ck_assert_uint_eq(sg_known_descriptor(9)->socket.domain, AF_UNIX);
    ck_assert_uint_eq(testing_sum_places().closed, 1);
    sg_close_descriptor_failed(-1, sg_closing_descriptor(-1));
}
END_TEST

START_TEST(a_value_that_is_used_again_replaces_the_stale_record)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    testing_open(&testing_box, 0x1000);
    ck_assert_ptr_null(sg_known(&testing_tool, 0x1000));
    ck_assert_ptr_nonnull(sg_known(&testing_box, 0x1000));
    testing_open_descriptor(5, (struct sg_socket){.owner = 1});
    testing_open_descriptor(5, (struct sg_socket){.owner = 2});
    ck_assert_uint_eq(sg_known_descriptor(5)->owner, 2);
    struct testing_sums sums = testing_sum_places();
    ck_assert_uint_eq(sums.opened, 4);
    ck_assert_uint_eq(sums.closed, 2);
}
END_TEST

START_TEST(uses_are_counted_and_timed)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    struct sg_handle *slot = sg_known(&testing_tool, 0x1000);
    ck_assert_uint_eq(slot->record.used, 0);
    ck_assert_uint_eq(slot->use, 0);
    sg_use_begins(slot);
    sg_use_begins(slot);
    ck_assert_uint_eq(sg_use_calls(slot->use), 2);
    ck_assert_uint_eq(sg_use_thread(slot->use), (unsigned)gettid());
    ck_assert_uint_ge(slot->record.used, 2);
    ck_assert_uint_le(slot->record.used, sg_arena_tick() + 1);
    sg_use_ends(slot);
    ck_assert_uint_eq(sg_use_calls(slot->use), 1);
    sg_use_ends(slot);
    ck_assert_uint_eq(sg_use_calls(slot->use), 0);
    sg_handle_peer(slot, 8);
    ck_assert_uint_eq(slot->record.peer, 8);
    sg_use_begins(NULL);
    sg_use_ends(NULL);
    sg_handle_peer(NULL, 8);
}
END_TEST

/* Sockets need not be real here: their records are. */
static void give_socket(int fd, struct sg_handle *session)
{
    struct sg_site site = SG_SITE();
    sg_opened_descriptor(&testing_wire, fd, &site, (struct sg_socket){0});
    sg_give_descriptor(fd, session);
}

START_TEST(what_is_collected_stays_for_the_report)
{
    testing_start("");
    uint32_t serial = testing_open(&testing_tool, 0x1000);
    struct sg_handle *slot = sg_known(&testing_tool, 0x1000);
    give_socket(100, slot);
    give_socket(101, slot);
    ck_assert_uint_eq(sg_known_descriptor(100)->owner, serial);
    sg_collected(slot);
    ck_assert_ptr_null(sg_known(&testing_tool, 0x1000));
    ck_assert_uint_eq(count_handles(), 1);
    ck_assert_int_eq(slot->record.outcome, SG_OUTCOME_COLLECTED);
    ck_assert_uint_eq(slot->owned, 2);
    ck_assert_ptr_null(sg_known_descriptor(100)); /* it is reported with its session */
    struct testing_sums sums = testing_sum_places();
    ck_assert_uint_eq(sums.opened, 3);
    ck_assert_uint_eq(sums.closed, 3);
    testing_open(&testing_tool, 0x1000); /* another one at its address */
    ck_assert_uint_eq(count_handles(), 2);
}
END_TEST

START_TEST(not_every_record_of_what_is_collected_is_kept)
{
    testing_start("");
    uint32_t place = 0;
    for (uintptr_t i = 0; i < SG_COLLECTED_KEPT + 10; i++) {
        testing_open(&testing_tool, 0x1000 + i * 16);
        struct sg_handle *slot = sg_known(&testing_tool, 0x1000 + i * 16);
        place = sg_life_place(slot->record.life);
        sg_collected(slot);
    }
    ck_assert_uint_eq(count_handles(), SG_COLLECTED_KEPT);
    ck_assert_uint_eq(sg_places_get(place)->collected, SG_COLLECTED_KEPT + 10);
    ck_assert_uint_eq(sg_places_get(place)->closed, SG_COLLECTED_KEPT + 10);
    ck_assert_uint_eq(sg_places_get(place)->peak, 1);
}
END_TEST

START_TEST(serials_are_never_0_and_never_twice)
{
    uint32_t first = sg_serial_next();
    ck_assert_uint_ne(first, 0);
    for (unsigned i = 1; i < 100; i++)
        ck_assert_uint_eq(sg_serial_next(), first + i);
}
END_TEST

START_TEST(what_is_forgotten_is_gone)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    testing_open(&testing_box, 0x2000);
    testing_open_descriptor(6, (struct sg_socket){0});
    sg_forget(0x1000);
    sg_forget(6);
    sg_forget(0x3000);
    sg_forget(UINTPTR_MAX);
    ck_assert_ptr_null(sg_known(&testing_tool, 0x1000));
    ck_assert_ptr_null(sg_known_descriptor(6));
    ck_assert_ptr_nonnull(sg_known(&testing_box, 0x2000));
    ck_assert_uint_eq(testing_sum_places().closed, 2);
}
END_TEST

START_TEST(a_disabled_thread_opens_unseen)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    sg_thread_disabled++;
    testing_open(&testing_tool, 0x2000);
    testing_open_descriptor(5, (struct sg_socket){0});
    ck_assert_ptr_null(sg_known(&testing_tool, 0x2000));
    ck_assert_ptr_null(sg_known_descriptor(5));
    /* But it closes what is known. */
    ck_assert_uint_ne(sg_closing(sg_known(&testing_tool, 0x1000)), 0);
    sg_thread_disabled--;
    testing_open(&testing_tool, 0x3000);
    ck_assert_ptr_nonnull(sg_known(&testing_tool, 0x3000));
    ck_assert_uint_eq(sg_detector_opened(), 2);
}
END_TEST

START_TEST(a_deaf_thread_changes_nothing)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    testing_open_descriptor(5, (struct sg_socket){0});
    sg_thread_is_deaf = true;
    ck_assert(!sg_detector_is_on());
    testing_open(&testing_tool, 0x2000);
    ck_assert_uint_eq(sg_closing(sg_known(&testing_tool, 0x1000)), 0);
    ck_assert_uint_eq(sg_closing_descriptor(5), 0);
    sg_forget(0x1000);
    sg_thread_is_deaf = false;
    ck_assert(sg_detector_is_on());
    ck_assert_ptr_nonnull(sg_known(&testing_tool, 0x1000));
    ck_assert_ptr_nonnull(sg_known_descriptor(5));
    ck_assert_uint_eq(count_handles(), 1);
}
END_TEST

START_TEST(nothing_is_kept_when_off)
{
    testing_start("mode=off");
    ck_assert(!sg_detector_is_on());
    testing_open(&testing_tool, 0x1000);
    testing_open_descriptor(5, (struct sg_socket){0});
    ck_assert_ptr_null(sg_known(&testing_tool, 0x1000));
    ck_assert_uint_eq(sg_closing(sg_known(&testing_tool, 0x1000)), 0);
    ck_assert_uint_eq(sg_closing_descriptor(5), 0);
    sg_connected(5, "", 0);
    sg_forget(5);
    ck_assert(!sg_arena_is_used());
}
END_TEST

START_TEST(only_the_kinds_that_are_asked_for_are_kept)
{
    testing_start("kinds=test.box+other");
    testing_open(&testing_tool, 0x1000);
    testing_open(&testing_box, 0x2000);
    testing_open_descriptor(5, (struct sg_socket){0});
    ck_assert_ptr_null(sg_known(&testing_tool, 0x1000));
    ck_assert_ptr_nonnull(sg_known(&testing_box, 0x2000));
    ck_assert_ptr_null(sg_known_descriptor(5));
    testing_start("kinds=test");
    testing_open(&testing_tool, 0x1000);
    ck_assert_ptr_nonnull(sg_known(&testing_tool, 0x1000));
    ck_assert(testing_wire.is_ignored);
}
END_TEST

START_TEST(what_there_is_no_room_for_is_counted)
{
    testing_start("");
    ck_assert(sg_arena_enter());
    sg_arena->sections[SG_SECTION_HANDLES].capacity = 0;
    sg_arena->sections[SG_SECTION_DESCRIPTORS].capacity = 8 * sizeof(struct sg_record);
    testing_open(&testing_tool, 0x1000);
    ck_assert_uint_eq(sg_arena->untracked, 1);
    testing_open_descriptor(7, (struct sg_socket){0});
    ck_assert_uint_eq(sg_arena->untracked, 1);
    testing_open_descriptor(8, (struct sg_socket){0});
    ck_assert_uint_eq(sg_arena->untracked, 2);
    ck_assert_uint_eq(sg_detector_opened(), 3);
    ck_assert_uint_ne(sg_arena->flags & SG_FLAG_TRUNCATED, 0);
    ck_assert_uint_eq(testing_sum_places().opened, 1);
    ck_assert_uint_eq(sg_closing_descriptor(8), 0);
    testing_open_descriptor(-1, (struct sg_socket){0});
    ck_assert_uint_eq(sg_arena->untracked, 2);
}
END_TEST

START_TEST(what_has_no_room_for_its_stack_is_counted)
{
    volatile int last = 8; /* so that both come from one place in the code */
    testing_start("");
    for (int fd = 7; fd <= last; fd++) {
        testing_open_descriptor(fd, (struct sg_socket){0});
        sg_arena->sections[SG_SECTION_PLACES].capacity = sg_arena->sections[SG_SECTION_PLACES].size;
    }
    ck_assert_ptr_nonnull(sg_known_descriptor(8)); /* from where 7 is from */
    ck_assert_uint_eq(sg_arena->untracked, 0);
    testing_open(&testing_tool, 0x1000);
    ck_assert_ptr_null(sg_known(&testing_tool, 0x1000));
    ck_assert_uint_eq(sg_arena->untracked, 1);
    testing_open_descriptor(7, (struct sg_socket){0});
    ck_assert_ptr_null(sg_known_descriptor(7)); /* what it was before is closed in any case */
    ck_assert_uint_eq(sg_arena->untracked, 2);
    ck_assert_uint_eq(sg_detector_opened(), 4);
    struct testing_sums sums = testing_sum_places();
    ck_assert_uint_eq(sums.opened, 2);
    ck_assert_uint_eq(sums.closed, 1);
}
END_TEST

static void (*really_prepared)(void);
static void open_in_handler(int number)
{
    (void)number;
    testing_open(&testing_tool, 0x2000);
}

static void signal_while_prepared(void)
{
    ck_assert_int_eq(raise(SIGUSR1), 0);
    really_prepared();
}

START_TEST(a_handler_that_comes_while_the_arena_is_prepared_is_not_lost)
{
    testing_start("");
    really_prepared = sg_arena_prepared;
    sg_arena_prepared = signal_while_prepared;
    signal(SIGUSR1, open_in_handler);
    testing_open(&testing_tool, 0x1000);
    ck_assert_ptr_nonnull(sg_known(&testing_tool, 0x1000));
    ck_assert_ptr_nonnull(sg_known(&testing_tool, 0x2000));
    ck_assert_uint_eq(sg_detector_opened(), 2);
}
END_TEST

START_TEST(stacks_are_checked_and_counted)
{
    volatile unsigned count = 20;
    testing_start("check_stacks=1");
    for (unsigned i = 0; i < count; i++)
        testing_open(&testing_tool, 0x1000 + i * 16);
    ck_assert_uint_eq(sg_arena->stacks.walked, 1);
    ck_assert_uint_eq(sg_arena->stacks.known, 19);
    ck_assert_uint_eq(sg_arena->stacks.wrong, 0);
}
END_TEST

START_TEST(errno_is_left_alone)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    testing_start("");
    errno = EXDEV;
    testing_open(&testing_tool, 0x1000);
    for (int fd = 1000; fd < 1010; fd++)
        testing_open_descriptor(fd, (struct sg_socket){0}); /* not open: taking their identity fails */
    sg_connected(1001, &address, sizeof address);
    sg_close_descriptor_failed(1001, sg_closing_descriptor(1001));
    sg_forget(0x1000);
    ck_assert_int_eq(errno, EXDEV);
}
END_TEST

START_TEST(a_connected_socket_gets_its_peer_and_identity)
{
    struct sg_identity identity;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
    testing_start("");
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(sg_sys_identity(fd, &identity), 0);
    testing_open_descriptor(fd, (struct sg_socket){.domain = AF_INET, .type = SOCK_STREAM});
    const struct sg_record *record = sg_known_descriptor(fd);
    ck_assert_uint_eq(record->used, 0);
    sg_connected(fd, &address, sizeof address);
    ck_assert_uint_eq(record->used, (uint32_t)identity.inode);
    const struct sg_string *peer = sg_strings_get(record->peer);
    ck_assert_uint_eq(peer->type, SG_STRING_SOCKADDR);
    ck_assert_uint_eq(peer->length, sizeof address);
    ck_assert(memcmp(peer->bytes, &address, sizeof address) == 0);
    sg_connected(fd, &address, 129);
    sg_connected(fd + 1, &address, sizeof address);
    close(fd);
}
END_TEST

START_TEST(a_descriptor_that_outlives_the_next_few_gets_its_identity)
{
    int fds[8];
    testing_start("");
    for (unsigned i = 0; i < SG_COUNT(fds); i++) {
        fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
        testing_open_descriptor(fds[i], (struct sg_socket){.domain = AF_UNIX});
    }
    for (unsigned i = 0; i < SG_COUNT(fds); i++) {
        struct sg_identity identity;
        ck_assert_int_eq(sg_sys_identity(fds[i], &identity), 0);
        ck_assert_uint_eq(sg_known_descriptor(fds[i])->used, i < 4 ? (uint32_t)identity.inode : 0);
        close(fds[i]);
    }
}
END_TEST

/* ---- forks ---- */

static bool is_inherited(const struct sg_record *record)
{
    return sg_places_is_inherited(sg_life_place(record->life));
}

static int in_forked_child(void)
{
    if (sg_arena_is_used() || sg_closing_descriptor(6) || sg_arena_is_used())
        return 1;
    const struct sg_handle *inherited = sg_known(&testing_tool, 0x1000);
    if (!inherited || !is_inherited(&inherited->record) || !sg_known_descriptor(5))
        return 2;
    if (!sg_arena_is_used() || sg_arena->pid != getpid() || sg_arena_parent != getppid() ||
        sg_detector_opened() != 0)
        return 3;
    testing_open(&testing_tool, 0x5000);
    const struct sg_handle *own = sg_known(&testing_tool, 0x5000);
    if (!own || is_inherited(&own->record) || own->record.thread != (uint32_t)sg_sys_thread())
        return 4;
    if (sg_detector_opened() != 1 || sg_arena->untracked != 0)
        return 5;
    if (!sg_closing(sg_known(&testing_tool, 0x2000)) || !sg_closing_descriptor(5) || count_handles() != 2)
        return 6;
    const struct sg_kind_entry *entries = sg_arena_at(SG_SECTION_KINDS, 0);
    if (strcmp(entries[0].name, "test.tool") != 0 || sg_arena->magic != SG_LAYOUT_MAGIC)
        return 7;
    if (sg_closing(sg_known(&testing_tool, 0x5000)) == 0)
        return 8;
    /* And a child of the child. */
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(sg_arena_is_used() || !sg_known(&testing_tool, 0x1000) || sg_known_descriptor(5));
    int status = 1;
    waitpid(child, &status, 0);
    return status ? 9 : 0;
}

START_TEST(a_forked_child_inherits_and_its_parent_is_unchanged)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    testing_open(&testing_tool, 0x2000);
    testing_open_descriptor(5, (struct sg_socket){.owner = 3});
    struct sg_layout before = *sg_arena;
    struct sg_handle handle = *sg_known(&testing_tool, 0x1000);
    ck_assert_int_eq(testing_in_child(in_forked_child), 0);
    ck_assert(memcmp(sg_arena, &before, sizeof before) == 0);
    ck_assert(memcmp(sg_known(&testing_tool, 0x1000), &handle, sizeof handle) == 0);
    ck_assert_uint_eq(sg_known_descriptor(5)->owner, 3);
    ck_assert_uint_eq(count_handles(), 2);
    ck_assert_uint_eq(testing_sum_places().closed, 0);
}
END_TEST

static int in_child_of_nothing(void)
{
    testing_open(&testing_tool, 0x5000);
    return count_handles() != 1 || sg_descriptors_end() != 0 || sg_detector_opened() != 1 ||
           sg_arena->fork != 1 || is_inherited(&sg_known(&testing_tool, 0x5000)->record);
}

START_TEST(a_forked_child_of_one_with_nothing_open_begins_empty)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    testing_open_descriptor(5, (struct sg_socket){0});
    ck_assert(sg_closing(sg_known(&testing_tool, 0x1000)));
    ck_assert(sg_closing_descriptor(5));
    ck_assert_int_eq(testing_in_child(in_child_of_nothing), 0);
}
END_TEST

/* A child that shares our memory, as vfork's does. The real vfork() cannot be
 * used: a sanitizer may put fork() in its place. */
static int in_vforked_child(void *context)
{
    (void)context;
    if (!sg_detector_is_vfork_child() || sg_detector_is_on())
        return 1;
    testing_open(&testing_tool, 0x7000);
    testing_open_descriptor(8, (struct sg_socket){0});
    if (sg_closing(sg_known(&testing_tool, 0x1000)) || sg_closing_descriptor(5))
        return 2;
    sg_forget(0x1000);
    sg_forget(5);
    return 0;
}

static int like_vfork(int (*body)(void *))
{
    enum { STACK = 256 * 1024 };
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(stack, MAP_FAILED);
    pid_t child = clone(body, stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
    ck_assert_int_gt(child, 0);
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    munmap(stack, STACK);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool was_child;
static void on_signal(int number)
{
    (void)number;
    was_child = sg_detector_is_vfork_child();
}

/* The handler of a signal that comes between the hook and the system call. */
START_TEST(calls_before_the_child_is_made_do_not_hide_it)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    testing_open_descriptor(5, (struct sg_socket){0});
    sg_vfork_begins();
    signal(SIGUSR1, on_signal);
    for (int i = 0; i < 200; i++)
        raise(SIGUSR1);
    signal(SIGUSR1, SIG_DFL);
    ck_assert(!was_child);
    ck_assert_int_eq(like_vfork(in_vforked_child), 0);
    ck_assert_ptr_nonnull(sg_known(&testing_tool, 0x1000));
    ck_assert_ptr_nonnull(sg_known_descriptor(5));
}
END_TEST

START_TEST(a_vforked_child_touches_nothing)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    testing_open_descriptor(5, (struct sg_socket){0});
    struct sg_layout before = *sg_arena;
    sg_vfork_begins();
    ck_assert_int_eq(like_vfork(in_vforked_child), 0);
    ck_assert(memcmp(sg_arena, &before, sizeof before) == 0);
    ck_assert_ptr_nonnull(sg_known(&testing_tool, 0x1000));
    ck_assert_ptr_nonnull(sg_known_descriptor(5));
    testing_open(&testing_tool, 0x8000);
    ck_assert_ptr_nonnull(sg_known(&testing_tool, 0x8000));
    ck_assert(!sg_thread_vforked); /* nobody needs to ask any more */
}
END_TEST

/* Nothing was tracked before: the child must not prepare the arena as its own. */
START_TEST(a_vforked_child_is_told_also_when_it_is_first)
{
    testing_start("");
    sg_vfork_begins();
    ck_assert_int_eq(like_vfork(in_vforked_child), 0);
    testing_open(&testing_tool, 0x1000);
    ck_assert_int_eq(sg_arena->pid, getpid());
    ck_assert_uint_eq(count_handles(), 1);
    ck_assert_uint_eq(sg_detector_opened(), 1);
}
END_TEST

/* A guest of the parent's is none of the child's. */
static int in_child_of_host(void)
{
    const struct sg_handle *inherited = sg_known(&testing_tool, 0x1000);
    if (!inherited || !is_inherited(&inherited->record) || sg_arena_state() != SG_ARENA_READY)
        return 1;
    testing_open(&testing_tool, 0x5000);
    return !sg_known(&testing_tool, 0x5000) || sg_detector_opened() != 1;
}

/* A child that has no thread-local storage of ours, beside which we may run on. */
START_TEST(a_guest_touches_nothing)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    testing_open_descriptor(5, (struct sg_socket){0});
    struct sg_layout before = *sg_arena;
    for (int i = 0; i < 2; i++)
        sg_guest_comes();
    ck_assert_int_eq(like_vfork(in_vforked_child), 0);
    ck_assert(memcmp(sg_arena, &before, sizeof before) == 0);
    sg_guest_goes();
    ck_assert_int_eq(sg_arena_state(), SG_ARENA_SHARED);
    ck_assert_int_eq(like_vfork(in_vforked_child), 0);
    ck_assert_ptr_nonnull(sg_known(&testing_tool, 0x1000));
    testing_open(&testing_tool, 0x8000);
    ck_assert_ptr_nonnull(sg_known(&testing_tool, 0x8000));
    ck_assert_uint_ne(sg_closing_descriptor(5), 0);
    ck_assert_int_eq(testing_in_child(in_child_of_host), 0);
    sg_guest_goes();
    ck_assert_int_eq(sg_arena_state(), SG_ARENA_READY);
}
END_TEST

START_TEST(a_guest_is_told_also_when_it_is_first)
{
    testing_start("");
    sg_guest_comes();
    ck_assert_int_eq(like_vfork(in_vforked_child), 0);
    ck_assert(!sg_arena_is_used());
    testing_open(&testing_tool, 0x1000);
    ck_assert_int_eq(sg_arena_state(), SG_ARENA_SHARED);
    ck_assert_int_eq(sg_arena->pid, getpid());
    ck_assert_int_eq(like_vfork(in_vforked_child), 0);
    ck_assert_uint_eq(count_handles(), 1);
    ck_assert_uint_eq(sg_detector_opened(), 1);
}
END_TEST

static void *leaves_table(void *unused)
{
    ck_assert_int_eq(unshare(CLONE_FILES), 0);
    sg_thread_leaves_table();
    testing_open_descriptor(6, (struct sg_socket){0});
    testing_open(&testing_tool, 0x2000);
    ck_assert_uint_eq(sg_closing_descriptor(5), 0);
    ck_assert_ptr_null(sg_known_descriptor(5));
    return unused;
}

START_TEST(a_thread_with_its_own_table_leaves_descriptors_alone)
{
    pthread_t thread;
    testing_start("");
    testing_open_descriptor(5, (struct sg_socket){0});
    ck_assert_int_eq(pthread_create(&thread, NULL, leaves_table, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_ptr_nonnull(sg_known_descriptor(5));
    ck_assert_ptr_null(sg_known_descriptor(6));
    ck_assert_ptr_nonnull(sg_known(&testing_tool, 0x2000)); /* which is no descriptor */
}
END_TEST

static int in_fork_after_vfork(void)
{
    testing_open(&testing_tool, 0x5000);
    return sg_detector_is_vfork_child() || !sg_known(&testing_tool, 0x5000);
}

/* The thread has not been asked since its vfork when it forks. */
START_TEST(a_forked_child_is_no_vforked_one)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    sg_vfork_begins();
    ck_assert_int_eq(testing_in_child(in_fork_after_vfork), 0);
    ck_assert(!sg_detector_is_vfork_child());
}
END_TEST

/* ---- threads ---- */

enum { THREADS = 8, KEYS = 400, ROUNDS = 8, KEPT = 50 };

static uintptr_t key_of(unsigned thread, unsigned number)
{
    return ((uintptr_t)thread * KEYS + number + 1) * 32;
}

static void open_and_close(unsigned thread)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < KEYS; i++) {
            int fd = (int)(100 + thread * KEYS + i);
            testing_open(i % 2 ? &testing_tool : &testing_box, key_of(thread, i));
            testing_open_descriptor(fd, (struct sg_socket){.owner = thread});
        }
        for (unsigned i = round == ROUNDS - 1 ? KEPT : 0; i < KEYS; i++) {
            struct sg_taken taken =
                sg_trying_to_close(sg_known(i % 2 ? &testing_tool : &testing_box, key_of(thread, i)));
            if (i % 5 == 0) {
                sg_close_failed(&taken);
                (void)sg_closing(sg_known(i % 2 ? &testing_tool : &testing_box, key_of(thread, i)));
            }
            (void)sg_closing_descriptor((int)(100 + thread * KEYS + i));
        }
    }
}

START_TEST(threads_open_and_close_with_exact_counts)
{
    testing_start("");
    testing_threads(THREADS, open_and_close);
    struct testing_sums sums = testing_sum_places();
    ck_assert_uint_eq(sg_detector_opened(), 2 * THREADS * KEYS * ROUNDS);
    ck_assert_uint_eq(sg_arena->untracked, 0);
    ck_assert_uint_eq(sums.opened, 2 * THREADS * KEYS * ROUNDS);
    ck_assert_uint_eq(sums.opened - sums.closed, 2 * THREADS * KEPT);
    ck_assert_uint_eq(count_handles(), THREADS * KEPT);
    for (unsigned thread = 0; thread < THREADS; thread++)
        for (unsigned i = 0; i < KEYS; i++) {
            ck_assert_int_eq(sg_known(i % 2 ? &testing_tool : &testing_box, key_of(thread, i)) != NULL,
                             i < KEPT);
            ck_assert_int_eq(sg_known_descriptor((int)(100 + thread * KEYS + i)) != NULL, i < KEPT);
        }
}
END_TEST

TESTING_MAIN("detector", an_opened_handle_is_known_until_it_is_closed, the_arena_knows_the_kinds,
             a_failed_close_leaves_the_record_as_it_was, a_value_that_is_used_again_replaces_the_stale_record,
             uses_are_counted_and_timed, what_is_collected_stays_for_the_report,
             not_every_record_of_what_is_collected_is_kept, serials_are_never_0_and_never_twice,
             what_is_forgotten_is_gone, a_disabled_thread_opens_unseen, a_deaf_thread_changes_nothing,
             nothing_is_kept_when_off, only_the_kinds_that_are_asked_for_are_kept,
             what_there_is_no_room_for_is_counted, what_has_no_room_for_its_stack_is_counted,
             a_handler_that_comes_while_the_arena_is_prepared_is_not_lost, stacks_are_checked_and_counted,
             errno_is_left_alone, a_connected_socket_gets_its_peer_and_identity,
             a_descriptor_that_outlives_the_next_few_gets_its_identity,
             a_forked_child_inherits_and_its_parent_is_unchanged,
             a_forked_child_of_one_with_nothing_open_begins_empty, a_vforked_child_touches_nothing,
             calls_before_the_child_is_made_do_not_hide_it, a_vforked_child_is_told_also_when_it_is_first,
             a_forked_child_is_no_vforked_one, a_guest_touches_nothing, a_guest_is_told_also_when_it_is_first,
             a_thread_with_its_own_table_leaves_descriptors_alone, threads_open_and_close_with_exact_counts)
