/* The report that the library prints itself, as text. */
#include "leaks.h"
#include "modules.h"
#include "plain.h"
#include "strings.h"
#include "testing.h"

#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>

static char text[1 << 20];

static void report(void)
{
    struct sg_leaks leaks = sg_leaks_collect();
    int fd = memfd_create("report", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert(sg_plain_report(&leaks, fd, "the command is ill"));
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    ck_assert_int_ge(size, 0);
    text[size] = '\0';
    close(fd);
}

/* The pieces are in the report, in this order. */
static void ck_follows(const char *const *pieces)
{
    const char *at = text;
    for (; *pieces; pieces++) {
        const char *found = strstr(at, *pieces);
        ck_assert_msg(found != NULL, "\"%s\" is not in:\n%.2000s", *pieces, at);
        at = found + strlen(*pieces);
    }
}

static SG_NOINLINE void open_many(uintptr_t first, unsigned count)
{
    for (volatile unsigned i = 0; i < count; i++)
        testing_open(&testing_box, first + i * 64);
}

START_TEST(nothing_is_printed_when_nothing_leaked)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    (void)sg_closing(sg_known(&testing_tool, 0x1000));
    report();
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(one_leak_is_one_session_at_one_place)
{
    char first[100];
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    report();
    snprintf(first, sizeof first, "==%d==WARNING: sessguard: 1 leaked session at 1 place\n", getpid());
    ck_assert_int_eq(strncmp(text, first, strlen(first)), 0);
    ck_follows((const char *const[]){
        "\n1 test.tool (tool of the tests) never closed, opened here:\n    #0 0x", " (/", "+0x",
        ")\n    #1 0x", "\n  1 open of 1 opened here; first 0.",
        " s after the start\n  close with tool_close()\n",
        "\nSUMMARY: sessguard: 1 session leaked at 1 place; no lines: the command is ill\n", NULL});
    ck_assert_ptr_null(strstr(text, "could not be followed"));
    /* Exported functions have names: the last but one frame is libc's. */
    ck_assert_ptr_nonnull(strstr(text, " in __libc_start_main ("));
}
END_TEST

START_TEST(the_largest_place_comes_first)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    open_many(0x10000, 5);
    (void)sg_closing(sg_known(&testing_box, 0x10000));
    testing_open(&testing_tool, 0x2000);
    report();
    ck_follows((const char *const[]){"6 leaked sessions at 3 places\n", "\n4 test.box (",
                                     "4 open of 5 opened here", "\n1 test.tool (", "\n1 test.tool (",
                                     "SUMMARY: sessguard: 6 sessions leaked at 3 places;", NULL});
}
END_TEST

START_TEST(owned_and_listening_descriptors_do_not_count)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    testing_start("");
    uint32_t serial = testing_open(&testing_tool, 0x1000);
    int owned = socket(AF_INET, SOCK_STREAM, 0);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    int leaked = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(server, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(server, 1), 0);
    testing_open_descriptor(owned, (struct sg_socket){.owner = serial});
    testing_open_descriptor(server, (struct sg_socket){0});
    testing_open_descriptor(leaked, (struct sg_socket){0});
    report();
    ck_follows((const char *const[]){": 2 leaked sessions at 2 places\n", NULL});
    ck_assert_ptr_nonnull(strstr(text, "\n1 wire (wire of the tests) never closed"));
    ck_assert_ptr_nonnull(strstr(text, "close with close()"));
}
END_TEST

START_TEST(an_incomplete_stack_is_said_to_be_so)
{
    uintptr_t pc = (uintptr_t)report;
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    struct sg_stack stack = {.pcs = &pc, .count = 1, .flags = SG_PLACE_INCOMPLETE};
    struct sg_handle *slot = sg_known(&testing_tool, 0x1000);
    slot->record.life = (slot->record.life & ~(uint64_t)UINT32_MAX) | sg_places_intern(0, &stack);
    report();
    ck_follows(
        (const char *const[]){"    #0 0x", ")\n    (the stack could not be followed further)\n", NULL});
    ck_assert_ptr_null(strstr(text, "#1"));
}
END_TEST

START_TEST(a_leak_without_a_place_is_printed)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    struct sg_handle *slot = sg_known(&testing_tool, 0x1000);
    slot->record.life &= ~(uint64_t)UINT32_MAX;
    report();
    ck_follows((const char *const[]){"1 leaked session at 1 place\n", "\n1 test.tool (",
                                     "1 open of 1 opened here", NULL});
}
END_TEST

/* Deeper than one buffer of the writer: nothing may be left out. */
START_TEST(the_deepest_stack_is_printed_whole)
{
    uintptr_t pcs[256];
    char path[1000];
    uint32_t offset = 0;
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    for (unsigned i = 0; i < SG_COUNT(pcs); i++)
        pcs[i] = (uintptr_t)report + i;
    struct sg_module *modules = sg_arena_at(SG_SECTION_MODULES, 0);
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    modules[sg_modules_find(pcs[0], &offset)].path = sg_strings_text(path);
    struct sg_stack stack = {.pcs = pcs, .count = SG_COUNT(pcs)};
    struct sg_handle *slot = sg_known(&testing_tool, 0x1000);
    slot->record.life = (slot->record.life & ~(uint64_t)UINT32_MAX) | sg_places_intern(0, &stack);
    report();
    ck_follows((const char *const[]){"    #0 0x", "    #100 0x", "    #255 0x", ")\n",
                                     "close with tool_close()\n", NULL});
}
END_TEST

/* Another thread may open at a new place after the places were counted. Its
 * record is left out, and nothing is written beyond the counters. */
START_TEST(a_place_that_came_late_is_left_out)
{
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    uint64_t size = sg_arena->sections[SG_SECTION_PLACES].size;
    testing_open(&testing_tool, 0x2000);
    testing_open(&testing_tool, 0x3000);
    sg_arena->sections[SG_SECTION_PLACES].size = size; /* where the second begins */
    report();
    ck_follows((const char *const[]){": 2 leaked sessions at 2 places\n", "\n1 test.tool (", NULL});
}
END_TEST

TESTING_MAIN("plain", nothing_is_printed_when_nothing_leaked, one_leak_is_one_session_at_one_place,
             the_largest_place_comes_first, owned_and_listening_descriptors_do_not_count,
             an_incomplete_stack_is_said_to_be_so, a_leak_without_a_place_is_printed,
             the_deepest_stack_is_printed_whole, a_place_that_came_late_is_left_out)
