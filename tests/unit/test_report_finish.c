/* Where a report goes, and the verdict: `finish` as the library starts it. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../detector/report/finish.h"
#include "report_fixture.h"

static struct fixture fixture;
static uint32_t place;
static char folder[64];
static char path[128];
static char errors[65536]; /* what went to stderr */

static void setup(void)
{
    fixture_start(&fixture);
    const uint16_t modules[] = {fixture.curl, fixture.app};
    place = fixture_place(&fixture, fixture.easy, 0, 2, modules);
    snprintf(folder, sizeof(folder), P_tmpdir "/sessguard-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/report", folder);
    fixture.builder.layout.cwd = sg_builder_text(&fixture.builder, folder);
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
    fixture_close(&fixture);
}

static void leak(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        sg_builder_handle(&fixture.builder, place, i + 1);
}

/* Runs finish with these options; stderr is a file whose content is kept. */
static int finish(const char *options)
{
    size_t size;
    fixture.builder.layout.options = sg_builder_text(&fixture.builder, options);
    unsigned char *bytes = sg_builder_finish(&fixture.builder, &size);
    int snapshot = sg_builder_descriptor(bytes, size);
    int error = sg_builder_descriptor("", 0);
    int verdict = sg_finish_run(snapshot, error);
    ssize_t length = pread(error, errors, sizeof(errors) - 1, 0);
    errors[length > 0 ? length : 0] = '\0';
    close(snapshot);
    close(error);
    free(bytes);
    return verdict;
}

static const char *content(const char *name)
{
    static char text[65536];
    int descriptor = open(name, O_RDONLY);
    ssize_t length = descriptor < 0 ? 0 : read(descriptor, text, sizeof(text) - 1);
    if (descriptor >= 0)
        close(descriptor);
    text[length > 0 ? length : 0] = '\0';
    return text;
}

static void expect_in(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part, text);
}

START_TEST(clean_is_quiet)
{
    ck_assert_int_eq(finish("mode=warn:output=report:format=json"), SG_VERDICT_CLEAN);
    ck_assert_str_eq(errors, "");
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(text_goes_to_stderr)
{
    leak(2);
    ck_assert_int_eq(finish("mode=warn:format=json"), SG_VERDICT_LEAKS);
    expect_in(errors, "==4711==WARNING: sessguard: 2 leaked sessions at 1 place in ./app\n");
    expect_in(errors, "SUMMARY: sessguard: 2 sessions leaked at 1 place.\n");
}
END_TEST

START_TEST(output_is_appended)
{
    struct stat status;
    leak(1);
    ck_assert_int_eq(finish("mode=warn:format=json:output=report"), SG_VERDICT_LEAKS);
    ck_assert_int_eq(finish("mode=warn:format=json:output=report"), SG_VERDICT_LEAKS);
    const char *text = content(path);
    ck_assert_int_eq(strncmp(text, "{\"schema\": 1", 12), 0);
    const char *second = strchr(text, '\n');
    ck_assert_int_eq(strncmp(second, "\n{\"schema\": 1", 13), 0);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    char line[256];
    snprintf(line, sizeof(line),
             "==4711==WARNING: sessguard: 1 leaked session at 1 place in ./app; report in %s\n", path);
    ck_assert_str_eq(errors, line);
}
END_TEST

START_TEST(output_as_text)
{
    leak(1);
    ck_assert_int_eq(finish("mode=warn:output=report"), SG_VERDICT_LEAKS);
    expect_in(content(path), "SUMMARY: sessguard:");
}
END_TEST

START_TEST(log_path_replaces_stderr)
{
    char name[160];
    leak(1);
    ck_assert_int_eq(finish("mode=warn:log_path=log"), SG_VERDICT_LEAKS);
    ck_assert_str_eq(errors, "");
    snprintf(name, sizeof(name), "%s/log.4711", folder);
    expect_in(content(name), "SUMMARY: sessguard:");
    ck_assert_int_eq(finish("mode=warn:log_path=%n-%p.log"), SG_VERDICT_LEAKS);
    snprintf(name, sizeof(name), "%s/app-4711.log", folder);
    expect_in(content(name), "SUMMARY: sessguard:");
}
END_TEST

START_TEST(silence_leaves_stderr_alone)
{
    leak(1);
    ck_assert_int_eq(finish("mode=silence:output=report"), SG_VERDICT_LEAKS);
    ck_assert_str_eq(errors, "");
    expect_in(content(path), "SUMMARY: sessguard:");
    ck_assert_int_eq(finish("mode=silence:suppressions=missing"), SG_VERDICT_LEAKS);
    expect_in(errors, "sessguard: cannot read suppressions ");
    ck_assert_ptr_eq(strchr(errors, '\n'), errors + strlen(errors) - 1);
}
END_TEST

START_TEST(clean_is_told_on_request)
{
    fixture.builder.layout.opened = 12;
    ck_assert_int_eq(finish("mode=warn:report_clean=1:output=report:format=json"), SG_VERDICT_CLEAN);
    ck_assert_str_eq(errors, "");
    expect_in(content(path), "\"leaked\": 0");
    ck_assert_int_eq(finish("mode=warn:verbosity=1"), SG_VERDICT_CLEAN);
    ck_assert_str_eq(errors, "==4711==sessguard: no leaks (12 opened)\n");
}
END_TEST

START_TEST(suppressed_is_clean)
{
    char name[160];
    leak(2);
    snprintf(name, sizeof(name), "%s/supp", folder);
    FILE *file = fopen(name, "w");
    fputs("leak:libcurl\n", file);
    fclose(file);
    ck_assert_int_eq(finish("mode=warn:suppressions=supp"), SG_VERDICT_CLEAN);
    ck_assert_str_eq(errors, "");
}
END_TEST

START_TEST(links_are_not_followed)
{
    char target[160];
    leak(1);
    snprintf(target, sizeof(target), "%s/target", folder);
    ck_assert_int_eq(symlink(target, path), 0);
    ck_assert_int_eq(finish("mode=warn:output=report:format=json"), SG_VERDICT_LEAKS);
    ck_assert_int_ne(access(target, F_OK), 0);
    expect_in(errors, "/report: is a symbolic link, which is not followed\n==4711==WARNING");
    expect_in(errors, "SUMMARY: sessguard:");
}
END_TEST

START_TEST(what_a_file_cannot_take_goes_to_stderr)
{
    leak(1);
    ck_assert_int_eq(finish("mode=warn:output=/dev/full"), SG_VERDICT_LEAKS);
    expect_in(errors,
              "sessguard: cannot write the report to /dev/full: No space left on device\n==4711==WARNING");
    ck_assert_int_eq(finish("mode=warn:output=/nowhere/x"), SG_VERDICT_LEAKS);
    expect_in(errors, "sessguard: cannot write the report to /nowhere/x: No such file or directory\n");
    fixture.builder.layout.flags = 0;
    ck_assert_int_eq(finish("mode=warn:output=/dev/full"), SG_VERDICT_UNWRITTEN);
    ck_assert_str_eq(errors, "");
}
END_TEST

START_TEST(an_unusable_stderr_is_left_alone)
{
    leak(1);
    fixture.builder.layout.flags = 0;
    ck_assert_int_eq(finish("mode=warn"), SG_VERDICT_LEAKS);
    ck_assert_str_eq(errors, "");
}
END_TEST

START_TEST(a_bad_snapshot_is_unwritten)
{
    int error = sg_builder_descriptor("", 0);
    int snapshot = sg_builder_descriptor("nonsense", 8);
    ck_assert_int_eq(sg_finish_run(snapshot, error), SG_VERDICT_UNWRITTEN);
    ssize_t length = pread(error, errors, sizeof(errors) - 1, 0);
    errors[length] = '\0';
    expect_in(errors, "is not a sessguard snapshot\n");
    close(snapshot);
    close(error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("finish");
    TCase *tests = tcase_create("finish");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, clean_is_quiet);
    tcase_add_test(tests, text_goes_to_stderr);
    tcase_add_test(tests, output_is_appended);
    tcase_add_test(tests, output_as_text);
    tcase_add_test(tests, log_path_replaces_stderr);
    tcase_add_test(tests, silence_leaves_stderr_alone);
    tcase_add_test(tests, clean_is_told_on_request);
    tcase_add_test(tests, suppressed_is_clean);
    tcase_add_test(tests, links_are_not_followed);
    tcase_add_test(tests, what_a_file_cannot_take_goes_to_stderr);
    tcase_add_test(tests, an_unusable_stderr_is_left_alone);
    tcase_add_test(tests, a_bad_snapshot_is_unwritten);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
