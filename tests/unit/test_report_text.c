/* The wording of the text report. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../detector/report/frame.h"
#include "../../detector/report/text.h"
#include "report_fixture.h"

static struct fixture fixture;
static uint32_t easy_place, socket_place;

static void setup(void)
{
    setenv("TZ", "UTC", 1);
    fixture_start(&fixture);
    const uint16_t modules[] = {fixture.curl, fixture.app};
    easy_place = fixture_place(&fixture, fixture.easy, 0, 2, modules);
    socket_place = fixture_place(&fixture, fixture.socket, 0x1000, 2, modules);
}

static void teardown(void) { fixture_close(&fixture); }

static const char *options(const char *text)
{
    fixture.builder.layout.options = sg_builder_text(&fixture.builder, text);
    return text;
}

/* The text of the report that is made of what was built. */
static char *text_with(const char *rules, bool has_color)
{
    char *text = NULL;
    size_t length;
    fixture_report(&fixture, rules);
    FILE *stream = open_memstream(&text, &length);
    sg_text_write(stream, &fixture.report, has_color);
    fclose(stream);
    return text;
}

static void expect_in(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part, text);
}

static void expect_not_in(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) == NULL, "\"%s\" in:\n%s", part, text);
}

/* Gives the frame at `index` of the first leak what a look-up would. */
static void name_frame(size_t index, const char *function, const char *file, unsigned line, unsigned column)
{
    struct sg_frame *frame = (struct sg_frame *)(uintptr_t)fixture.report.leaks[0].frames[index];
    frame->function = function;
    frame->file = file;
    frame->line = line;
    frame->column = column;
}

static char *text_again(void)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    sg_text_write(stream, &fixture.report, false);
    fclose(stream);
    return text;
}

START_TEST(nothing_is_said_of_nothing)
{
    char *text = text_with(NULL, false);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(verbosity_says_that_it_is_clean)
{
    options("verbosity=1");
    char *text = text_with(NULL, false);
    ck_assert_str_eq(text, "==4711==sessguard: no leaks (0 opened)\n");
    free(text);
}
END_TEST

START_TEST(stacks_that_were_checked_are_counted)
{
    options("verbosity=1");
    fixture.builder.layout.stacks = (struct sg_stack_counts){.walked = 3, .known = 7};
    char *text = text_with(NULL, false);
    expect_in(text, "==4711==sessguard: 10 stacks checked: 7 known, 0 wrong\n");
    free(text);
}
END_TEST

START_TEST(a_wrong_stack_is_never_passed_over)
{
    fixture.builder.layout.stacks = (struct sg_stack_counts){.walked = 3, .known = 7, .wrong = 1};
    char *text = text_with(NULL, false);
    ck_assert_str_eq(text, "==4711==sessguard: 10 stacks checked: 7 known, 1 wrong\n");
    free(text);
}
END_TEST

START_TEST(one_is_singular)
{
    sg_builder_handle(&fixture.builder, easy_place, 1113);
    char *text = text_with(NULL, false);
    expect_in(text, "==4711==WARNING: sessguard: 1 leaked session at 1 place in ./app\n\n");
    expect_in(text, "\n1 curl.easy (libcurl easy handle) never closed, opened here:                  [");
    expect_in(text, "]\n    #0 0x7f0000000100  (/nowhere/lib/libcurl.so.4+0x100)\n");
    expect_in(text, "    #1 0x000000010110  (/nowhere/bin/app+0x110)   <-- here\n");
    expect_in(text, "  1 open of 1 opened here; at 10:31:02.114, 41.2 s ago\n");
    expect_in(text, "  close with curl_easy_cleanup(); or suppress: id[max=1]:");
    expect_in(text, "\nSUMMARY: sessguard: 1 session leaked at 1 place.\n");
    expect_not_in(text, "\033");
    free(text);
}
END_TEST

START_TEST(many_are_plural)
{
    uint32_t peer = sg_builder_loopback(&fixture.builder, 8080);
    for (uint32_t i = 0; i < 10; i++) {
        struct sg_handle *handle = sg_builder_handle(&fixture.builder, easy_place, 1113 + i);
        handle->record.thread = i;
        uint32_t serial = handle->record.serial;
        struct sg_record *record = sg_builder_socket(&fixture.builder, socket_place, 1);
        record->owner = serial;
        record->peer = peer;
        record->socket.state = 8;
    }
    sg_builder_socket(&fixture.builder, socket_place, 5)->owner = 999;
    sg_builder_at_place(&fixture.builder, easy_place)->closed = 7;
    char *text = text_with(NULL, false);
    expect_in(text, "sessguard: 11 leaked sessions at 2 places in ./app\n");
    expect_in(
        text,
        "  10 open of 10 opened here, at most 10 at once; first 10:31:02.114, last 10:31:02.123; oldest "
        "41.2 s; 10 threads\n");
    expect_in(text, "  peer 127.0.0.1:8080 (10); holds 10 sockets (CLOSE_WAIT 10)\n");
    expect_in(text, "  one shared session would do: all talk to the same peer\n");
    expect_in(text, "  opened by libcurl for a session that is closed\n");
    expect_in(text, "SUMMARY: sessguard: 11 sessions leaked at 2 places.\n");
    free(text);
}
END_TEST

START_TEST(frames_are_leak_sanitizers)
{
    options("strip_path_prefix=/build/");
    fixture.builder.layout.cwd = sg_builder_text(&fixture.builder, "/src");
    sg_builder_handle(&fixture.builder, easy_place, 1);
    free(text_with(NULL, false));
    name_frame(0, "curl_easy_init", NULL, 0, 0);
    name_frame(1, "fetch_one", "/src/demo/leaky.c", 42, 16);
    char *text = text_again();
    expect_in(text, "    #0 0x7f0000000100 in curl_easy_init (/nowhere/lib/libcurl.so.4+0x100)\n");
    expect_in(text, "    #1 0x000000010110 in fetch_one demo/leaky.c:42:16   <-- here\n");
    expect_in(text, "suppress: curl.easy[max=1]:fetch_one\n");
    free(text);
    name_frame(1, "fetch_one", "/build/x/leaky.c", 42, 0);
    text = text_again();
    expect_in(text, "in fetch_one x/leaky.c:42   <-- here\n");
    free(text);
}
END_TEST

START_TEST(frames_of_scripts_have_no_address)
{
    static const char library[] = "\7\0\0\0/usr/lib/python3.11/socket.py\0socket.__init__";
    static const char own[] = "\14\0\0\0/src/app.py\0make\033";
    static const char outer[] = "\0\0\0\0/src/app.py\0<module>";
    uint16_t script = sg_builder_module(&fixture.builder, "", 0, SG_MODULE_SCRIPT);
    const uint16_t modules[] = {fixture.app, script, script, script};
    const uint32_t frames[] = {
        0x100, sg_builder_string(&fixture.builder, SG_STRING_FRAME, library, sizeof library - 1),
        sg_builder_string(&fixture.builder, SG_STRING_FRAME, own, sizeof own - 1),
        sg_builder_string(&fixture.builder, SG_STRING_FRAME, outer, sizeof outer - 1)};
    uint32_t place = sg_builder_place(&fixture.builder, fixture.easy, 4, modules, frames);
    sg_builder_handle(&fixture.builder, place, 1);
    sg_builder_at_place(&fixture.builder, place)->flags = SG_PLACE_NO_SCRIPT;
    char *text = text_with(NULL, false);
    expect_in(text, "    #0 0x");
    expect_in(text, "    #1 in socket.__init__ /usr/lib/python3.11/socket.py:7\n");
    expect_in(text, "    #2 in make? /src/app.py:12   <-- here\n");
    expect_in(text, "    #3 in <module> /src/app.py\n");
    expect_in(text, "    (Python code was running, but its frames could not be read)\n");
    free(text);
}
END_TEST

START_TEST(main_is_too_broad_to_suppress)
{
    sg_builder_handle(&fixture.builder, easy_place, 1);
    free(text_with(NULL, false));
    name_frame(1, "main", "/src/main.c", 3, 1);
    char *text = text_again();
    expect_in(text, "or suppress: id[max=1]:");
    free(text);
}
END_TEST

START_TEST(stacks_say_where_they_end)
{
    sg_builder_handle(&fixture.builder, easy_place, 1);
    sg_builder_at_place(&fixture.builder, easy_place)->flags = SG_PLACE_INCOMPLETE | SG_PLACE_CUT;
    uint32_t bare = sg_builder_place(&fixture.builder, fixture.easy, 0, NULL, NULL);
    sg_builder_at_place(&fixture.builder, bare)->flags = SG_PLACE_SHORT;
    sg_builder_handle(&fixture.builder, bare, 2);
    const uint16_t unknown[] = {0};
    const uint32_t offset[] = {0x1234};
    sg_builder_handle(&fixture.builder, sg_builder_place(&fixture.builder, fixture.easy, 1, unknown, offset),
                      3);
    char *text = text_with(NULL, false);
    expect_in(text, "    (the stack could not be followed further)\n");
    expect_in(text, "    (deeper than frames=32)\n");
    expect_in(text, "    (the stack is not known)\n");
    expect_in(text, "    (cut: the table of stacks was full)\n");
    expect_in(text, "    #0 0x000000001234  (<unknown module>)\n");
    free(text);
}
END_TEST

START_TEST(build_ids_are_shown)
{
    struct sg_module *module = sg_builder_last_module(&fixture.builder);
    module->build_id_size = 3;
    memcpy(module->build_id, "\x01\xab\xff", 3);
    const uint16_t modules[] = {fixture.libc};
    sg_builder_handle(&fixture.builder, fixture_place(&fixture, fixture.easy, 0, 1, modules), 1);
    char *text = text_with(NULL, false);
    expect_in(text, "(/nowhere/lib/libc.so.6+0x100) (BuildId: 01abff)\n");
    free(text);
}
END_TEST

START_TEST(listening_does_not_count)
{
    options("verbosity=0");
    sg_builder_socket(&fixture.builder, socket_place, 1)->socket.state = SG_STATE_LISTENING;
    char *text = text_with(NULL, false);
    ck_assert_str_eq(text, "");
    free(text);
    sg_reader_close(&fixture.snapshot);
    sg_builder_handle(&fixture.builder, easy_place, 2);
    text = text_with(NULL, false);
    expect_in(text, "1 socket still listening, not counted, opened here:");
    expect_in(text, "SUMMARY: sessguard: 1 session leaked at 1 place (1 listening, not counted).\n");
    free(text);
}
END_TEST

START_TEST(auto_close_says_what_it_did)
{
    options("mode=auto-close");
    for (uint32_t i = 0; i < 4; i++) {
        struct sg_handle *handle = sg_builder_handle(&fixture.builder, easy_place, i);
        handle->record.outcome = i < 3 ? SG_OUTCOME_CLOSED : SG_OUTCOME_SKIPPED;
        handle->record.reason = i < 3 ? SG_REASON_NONE : SG_REASON_IN_USE;
    }
    char *text = text_with(NULL, false);
    expect_in(text, "==4711==WARNING: sessguard: closed 3 of 4 leaked sessions at 1 place in ./app\n");
    expect_in(text, "  auto-closed 3; skipped 1 (in use)\n");
    expect_in(text, "SUMMARY: sessguard: 4 sessions leaked at 1 place, 3 closed.\n");
    free(text);
}
END_TEST

START_TEST(suppressions_are_listed)
{
    sg_builder_handle(&fixture.builder, easy_place, 1);
    sg_builder_socket(&fixture.builder, socket_place, 1);
    char *text = text_with("socket:app\nleak:nothing\nleak[until=2000-01-01]:x\n", false);
    expect_in(text, "\nSuppressions used:\n    count  line\n        1  socket:app\n");
    expect_in(text,
              "\nSuppressions never used:\n  rules:2: leak:nothing\n  rules:3: leak[until=2000-01-01]:x "
              "(expired: without effect)\n");
    expect_in(text, "SUMMARY: sessguard: 1 session leaked at 1 place (1 suppressed).\n");
    free(text);
}
END_TEST

START_TEST(max_leaks_says_what_is_left_out)
{
    options("max_leaks=1");
    sg_builder_handle(&fixture.builder, easy_place, 1);
    sg_builder_handle(&fixture.builder, easy_place, 1);
    sg_builder_socket(&fixture.builder, socket_place, 1);
    char *text = text_with(NULL, false);
    expect_in(text, "\n(1 more at 1 place left out: max_leaks=1)\n");
    expect_not_in(text, "1 socket never closed");
    free(text);
}
END_TEST

START_TEST(colour_marks_the_frame)
{
    sg_builder_handle(&fixture.builder, easy_place, 1);
    char *text = text_with(NULL, true);
    expect_in(text, "\033[1m    #1 0x000000010110");
    expect_in(text, "<-- here\033[0m\n");
    free(text);
}
END_TEST

START_TEST(untracked_is_told)
{
    fixture.builder.layout.untracked = 5;
    fixture.builder.layout.places.shortened = 12;
    sg_builder_handle(&fixture.builder, easy_place, 1);
    char *text = text_with(NULL, false);
    expect_in(text, "(5 more were opened that could not be recorded: there was no room)\n");
    expect_in(text, "(12 stacks were cut: the table of stacks was full)\n");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, nothing_is_said_of_nothing);
    tcase_add_test(tests, verbosity_says_that_it_is_clean);
    tcase_add_test(tests, stacks_that_were_checked_are_counted);
    tcase_add_test(tests, a_wrong_stack_is_never_passed_over);
    tcase_add_test(tests, one_is_singular);
    tcase_add_test(tests, many_are_plural);
    tcase_add_test(tests, frames_are_leak_sanitizers);
    tcase_add_test(tests, frames_of_scripts_have_no_address);
    tcase_add_test(tests, main_is_too_broad_to_suppress);
    tcase_add_test(tests, stacks_say_where_they_end);
    tcase_add_test(tests, build_ids_are_shown);
    tcase_add_test(tests, listening_does_not_count);
    tcase_add_test(tests, auto_close_says_what_it_did);
    tcase_add_test(tests, suppressions_are_listed);
    tcase_add_test(tests, max_leaks_says_what_is_left_out);
    tcase_add_test(tests, colour_marks_the_frame);
    tcase_add_test(tests, untracked_is_told);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
