/* The JSON report is the contract's. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../../detector/report/frame.h"
#include "../../detector/report/json.h"
#include "report_fixture.h"

static struct fixture fixture;
static uint32_t easy_place, socket_place;

static void setup(void)
{
    fixture_start(&fixture);
    const uint16_t modules[] = {fixture.curl, fixture.app};
    easy_place = fixture_place(&fixture, fixture.easy, 0, 2, modules);
    socket_place = fixture_place(&fixture, fixture.socket, 0x1000, 2, modules);
}

static void teardown(void) { fixture_close(&fixture); }

START_TEST(json_is_the_contracts)
{
    fixture.builder.layout.options = sg_builder_text(&fixture.builder, "mode=auto-close");
    uint32_t peer = sg_builder_loopback(&fixture.builder, 8080);
    for (uint32_t i = 0; i < 3; i++) {
        struct sg_handle *handle = sg_builder_handle(&fixture.builder, easy_place, 1113);
        handle->record.peer = peer;
        handle->record.outcome = i < 2 ? SG_OUTCOME_CLOSED : SG_OUTCOME_FAILED;
        handle->record.reason = i < 2 ? SG_REASON_NONE : SG_REASON_TIMEOUT;
    }
    sg_builder_socket(&fixture.builder, socket_place, 5)->owner = 999;
    fixture_report(&fixture, "socket:libcurl");
    char *line = sg_json_write(&fixture.report);
    ck_assert_ptr_nonnull(line);
    ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
    json_error_t error;
    json_t *object = json_loads(line, 0, &error);
    ck_assert_msg(object != NULL, "%s", error.text);
    int schema, pid, ppid, opened, open, leaked, suppressed, closed, groups;
    const char *tool, *exe, *argv0, *mode, *started, *ended;
    json_t *leaks;
    ck_assert_int_eq(json_unpack(object, "{s:i, s:s, s:i, s:i, s:s, s:s, s:n, s:s, s:s, s:s, s:o}", "schema",
                                 &schema, "tool", &tool, "pid", &pid, "ppid", &ppid, "exe", &exe, "argv0",
                                 &argv0, "run_id", "mode", &mode, "started", &started, "ended", &ended,
                                 "leaks", &leaks),
                     0);
    ck_assert_int_eq(json_unpack(object, "{s:{s:i, s:i, s:i, s:i, s:i, s:i}}", "totals", "opened", &opened,
                                 "open", &open, "leaked", &leaked, "suppressed", &suppressed, "closed_by_us",
                                 &closed, "groups", &groups),
                     0);
    ck_assert_int_eq(schema, 1);
    ck_assert_str_eq(tool, "sessguard");
    ck_assert_int_eq(pid, 4711);
    ck_assert_str_eq(mode, "auto-close");
    ck_assert_str_eq(started, "2026-11-22T10:31:01.001Z");
    ck_assert_str_eq(ended, "2026-11-22T10:31:43.300Z");
    ck_assert_int_eq(opened, 4);
    ck_assert_int_eq(open, 4);
    ck_assert_int_eq(leaked, 3);
    ck_assert_int_eq(suppressed, 1);
    ck_assert_int_eq(closed, 2);
    ck_assert_int_eq(groups, 1);
    ck_assert_uint_eq(json_array_size(leaks), 3);
    json_t *first = json_array_get(leaks, 0);
    json_t *second = json_array_get(leaks, 1);
    json_t *third = json_array_get(leaks, 2);
    ck_assert_str_eq(json_string_value(json_object_get(first, "family")), "curl");
    ck_assert_str_eq(json_string_value(json_object_get(first, "first")), "2026-11-22T10:31:02.114Z");
    ck_assert_str_eq(json_string_value(json_object_get(first, "outcome")), "closed");
    ck_assert_int_eq(json_integer_value(json_object_get(first, "count")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(first, "opened_here")), 3);
    ck_assert_ptr_null(json_object_get(first, "reason"));
    ck_assert_str_eq(json_string_value(json_object_get(second, "outcome")), "failed");
    ck_assert_str_eq(json_string_value(json_object_get(second, "reason")), "timeout");
    ck_assert_str_eq(json_string_value(json_object_get(second, "id")),
                     json_string_value(json_object_get(first, "id")));
    ck_assert(json_is_null(json_object_get(first, "suppressed_by")));
    ck_assert_str_eq(json_string_value(json_object_get(third, "suppressed_by")), "socket:libcurl");
    ck_assert(json_is_false(json_object_get(third, "counts")));
    ck_assert(json_is_true(json_object_get(third, "orphan")));
    json_t *frame = json_array_get(json_object_get(first, "stack"), 1);
    ck_assert_str_eq(json_string_value(json_object_get(frame, "pc")), "0x10110");
    ck_assert_str_eq(json_string_value(json_object_get(frame, "offset")), "0x110");
    ck_assert_str_eq(json_string_value(json_object_get(frame, "module")), "/nowhere/bin/app");
    ck_assert(json_is_null(json_object_get(frame, "function")));
    ck_assert(json_is_false(json_object_get(frame, "inlined")));
    json_decref(object);
    free(line);
}
END_TEST

/* Bytes from outside neither break the line nor the encoding. */
START_TEST(hostile_text_stays_valid)
{
    fixture.builder.layout.argv0 = sg_builder_string(&fixture.builder, SG_STRING_TEXT, "a\"\n\xff\\", 5);
    sg_builder_handle(&fixture.builder, easy_place, 1);
    fixture_report(&fixture, NULL);
    char *line = sg_json_write(&fixture.report);
    ck_assert_ptr_nonnull(line);
    json_t *object = json_loads(line, 0, NULL);
    ck_assert_ptr_nonnull(object);
    ck_assert_str_eq(json_string_value(json_object_get(object, "argv0")), "a\"?\xef\xbf\xbd\\");
    json_decref(object);
    free(line);
}
END_TEST

START_TEST(nothing_is_an_empty_list)
{
    fixture_report(&fixture, NULL);
    char *line = sg_json_write(&fixture.report);
    json_t *object = json_loads(line, 0, NULL);
    ck_assert_ptr_nonnull(object);
    ck_assert(json_is_array(json_object_get(object, "leaks")));
    ck_assert_uint_eq(json_array_size(json_object_get(object, "leaks")), 0);
    json_decref(object);
    free(line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("json");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, json_is_the_contracts);
    tcase_add_test(tests, hostile_text_stays_valid);
    tcase_add_test(tests, nothing_is_an_empty_list);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
