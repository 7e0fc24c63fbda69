/* Suppressions: LeakSanitizer's patterns, and what was added to them. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../detector/report/frame.h"
#include "../../detector/report/pattern.h"
#include "report_fixture.h"

static struct fixture fixture;
static uint32_t place_one; /* 3 handles, peer example.org:443; curl, app, libc */
static uint32_t place_two; /* 2 sockets, 10.0.0.1:1; app */

static void setup(void)
{
    fixture_start(&fixture);
    const uint16_t one[] = {fixture.curl, fixture.app, fixture.libc};
    place_one = fixture_place(&fixture, fixture.easy, 0, 3, one);
    place_two = fixture_place(&fixture, fixture.socket, 0x1000, 1, one + 1);
    uint32_t peer = sg_builder_text(&fixture.builder, "example.org:443");
    uint32_t other = sg_builder_text(&fixture.builder, "10.0.0.1:1");
    for (uint32_t i = 0; i < 3; i++)
        sg_builder_handle(&fixture.builder, place_one, i)->record.peer = peer;
    for (uint32_t i = 0; i < 2; i++)
        sg_builder_socket(&fixture.builder, place_two, i)->peer = other;
}

static void teardown(void) { fixture_close(&fixture); }

/* Makes the report with these rules, and expects this many suppressed. */
static void expect(const char *rules, uint64_t suppressed)
{
    fixture_report(&fixture, rules);
    ck_assert_str_eq(fixture.complaints, "");
    ck_assert_msg(fixture.report.totals.suppressed == suppressed, "%s: %" PRIu64, rules,
                  fixture.report.totals.suppressed);
    ck_assert_uint_eq(fixture.report.totals.leaked, 5 - suppressed);
    sg_reader_close(&fixture.snapshot);
}

START_TEST(patterns)
{
    static const struct {
        const char *pattern;
        const char *text;
        bool matches;
    } cases[] = {
        {"foo", "foo", true},
        {"foo", "a foo b", true},
        {"foo", "fo", false},
        {"^foo", "foobar", true},
        {"^foo", "a foo", false},
        {"foo$", "a foo", true},
        {"foo$", "foobar", false},
        {"^foo$", "foo", true},
        {"^foo$", "foofoo", false},
        {"f*o", "a fxyzo b", true},
        {"f*o$", "fo fo x o", true},
        {"^f*r", "foo bar", true},
        {"*", "", true},
        {"*", "x", true},
        {"^*$", "x", true},
        {"a*b*c", "a b c", true},
        {"a*b*c", "a c b", false},
        {"^a*c$", "abcabc", true},
        {"^a*c$", "abcab", false},
        {"foo$", "foo foo", true},
        {"", "x", false},
        {"^$", "", true},
        {"^$", "x", false},
        {"**o", "foo", true},
        {"lib*.so*", "/x/liba.so.1", true},
    };
    for (size_t i = 0; i < SG_COUNT(cases); i++)
        ck_assert_msg(sg_pattern_matches(cases[i].pattern, cases[i].text) == cases[i].matches, "%s on %s",
                      cases[i].pattern, cases[i].text);
    ck_assert(!sg_pattern_matches("*", NULL));
}
END_TEST

START_TEST(pattern_is_not_exponential)
{
    char text[2001];
    memset(text, 'a', 2000);
    text[2000] = '\0';
    ck_assert(!sg_pattern_matches("a*a*a*a*a*a*a*a*a*a*b", text));
    ck_assert(!sg_pattern_matches("a*a*a*a*a*a*a*a*a*a*b$", text));
}
END_TEST

START_TEST(leak_matches_any_module) { expect("leak:libc.so", 3); }
END_TEST

START_TEST(existing_files_work)
{
    expect("# for lsan\n\n  leak:libcurl.so*  \r\nleak:^/nowhere/bin/app$\n", 5);
}
END_TEST

START_TEST(kind_and_family)
{
    expect("curl.easy:app", 3);
    expect("curl:app", 3);
    expect("socket:app", 2);
    expect("curl.multi:app", 0);
}
END_TEST

START_TEST(top_is_the_first_frame_outside)
{
    expect("top:libcurl", 0);
    expect("top:libc.so", 0);
    expect("top:bin/app", 5);
}
END_TEST

START_TEST(peer)
{
    expect("peer:example.org:443", 3);
    expect("peer:^10.*", 2);
    expect("peer:$443", 0);
}
END_TEST

START_TEST(mixed_peers_are_not_hidden_by_one)
{
    uint32_t other = sg_builder_text(&fixture.builder, "example.net:80");
    sg_builder_handle(&fixture.builder, place_one, 9)->record.peer = other;
    fixture_report(&fixture, "peer:example.org");
    ck_assert_uint_eq(fixture.report.totals.suppressed, 0);
    sg_reader_close(&fixture.snapshot);
    fixture_report(&fixture, "peer:example");
    ck_assert_uint_eq(fixture.report.totals.suppressed, 4);
}
END_TEST

START_TEST(id)
{
    char rules[64];
    fixture_report(&fixture, NULL);
    uint64_t value = fixture.report.leaks[0].id;
    ck_assert_uint_eq(fixture.report.leaks[0].facts.count, 3);
    sg_reader_close(&fixture.snapshot);
    snprintf(rules, sizeof(rules), "id:%016" PRIx64, value);
    expect(rules, 3);
    snprintf(rules, sizeof(rules), "id:%08" PRIx64, value >> 32);
    expect(rules, 3);
    snprintf(rules, sizeof(rules), "id:%07" PRIx64, value >> 32 & 0xfffffff);
    expect(rules, 0);
}
END_TEST

START_TEST(max)
{
    expect("curl[max=3]:*", 3);
    expect("curl[max=2]:*", 0);
    expect("leak[max=4]:*", 0);
    expect("leak[max=5]:*", 5);
    /* Per process, over all places that the line matches. */
    expect("leak[max=4]:app", 0);
}
END_TEST

START_TEST(later_lines_take_what_an_exceeded_one_gives_up)
{
    expect("leak[max=4]:*\nsocket:*", 2);
    ck_assert(fixture.report.rules.entries[0].is_exceeded);
    ck_assert_uint_eq(fixture.report.rules.entries[0].matched, 5);
    ck_assert_uint_eq(fixture.report.rules.entries[1].matched, 2);
}
END_TEST

START_TEST(until)
{
    /* The snapshot ended on 2026-11-22. */
    expect("leak[until=2026-11-21]:*", 0);
    ck_assert(fixture.report.rules.entries[0].is_expired);
    expect("leak[until=2026-11-22]:*", 5);
    expect("leak[max=5,until=2030-01-01]:*", 5);
    expect("leak[ max=5 , until=2030-01-01 ]:*", 5);
}
END_TEST

START_TEST(bad_lines_are_named_and_skipped)
{
    static const struct {
        const char *line;
        const char *complaint;
    } cases[] = {
        {"race:foo", ":2: unknown suppression type \"race\"; allowed: leak, top, peer, id, a family (curl, "
                     "socket) or a kind "
                     "(curl.easy, curl.multi)\n"},
        {"just words", ":2: \"just words\" is not type:pattern; allowed types: leak, top,"},
        {"leak:", ":2: nothing follows the colon"},
        {"leak[max=x]:a", ":2: bad limit \"max=x\"; allowed: max=NUMBER, until=YYYY-MM-DD\n"},
        {"leak[max=99999999999999999999]:a", ":2: bad limit"},
        {"leak[until=2026-13-01]:a", ":2: bad limit \"until=2026-13-01\""},
        {"leak[until=2026-1-1]:a", ":2: bad limit"},
        {"leak[max=1:a", ":2: the bracket has no end"},
        {"leak[max=1]a", ":2: the bracket has no end"},
        {"[max=1]:a", ":2: unknown suppression type \"\""},
        {"curl.eas:a", ":2: unknown suppression type \"curl.eas\""},
    };
    for (size_t i = 0; i < SG_COUNT(cases); i++) {
        char rules[256];
        fixture.complaints[0] = '\0';
        snprintf(rules, sizeof(rules), "# first\n%s\nsocket:app\n", cases[i].line);
        fixture_report(&fixture, rules);
        ck_assert_msg(strstr(fixture.complaints, cases[i].complaint) != NULL, "%s: %s", cases[i].line,
                      fixture.complaints);
        ck_assert_msg(strncmp(fixture.complaints, "sessguard: /", 12) == 0, "%s", fixture.complaints);
        ck_assert_uint_eq(fixture.report.totals.suppressed, 2);
        sg_reader_close(&fixture.snapshot);
    }
}
END_TEST

START_TEST(missing_file_is_named)
{
    fixture.builder.layout.options =
        sg_builder_text(&fixture.builder, "mode=warn:suppressions=/nowhere/x.supp");
    fixture_report(&fixture, NULL);
    ck_assert_str_eq(fixture.complaints,
                     "sessguard: cannot read suppressions /nowhere/x.supp: No such file or directory\n");
    ck_assert_uint_eq(fixture.report.totals.leaked, 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("suppress");
    TCase *tests = tcase_create("suppress");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, patterns);
    tcase_add_test(tests, pattern_is_not_exponential);
    tcase_add_test(tests, leak_matches_any_module);
    tcase_add_test(tests, existing_files_work);
    tcase_add_test(tests, kind_and_family);
    tcase_add_test(tests, top_is_the_first_frame_outside);
    tcase_add_test(tests, peer);
    tcase_add_test(tests, mixed_peers_are_not_hidden_by_one);
    tcase_add_test(tests, id);
    tcase_add_test(tests, max);
    tcase_add_test(tests, later_lines_take_what_an_exceeded_one_gives_up);
    tcase_add_test(tests, until);
    tcase_add_test(tests, bad_lines_are_named_and_skipped);
    tcase_add_test(tests, missing_file_is_named);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
