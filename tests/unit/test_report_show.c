/* `sessguard report FILE`: its flags and its exit status. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../detector/report/show.h"
#include "report_fixture.h"

static struct fixture fixture;
static char folder[64];
static char snapshot[128];
static char output[128];

static void setup(void)
{
    fixture_start(&fixture);
    snprintf(folder, sizeof(folder), P_tmpdir "/sessguard-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(snapshot, sizeof(snapshot), "%s/app.snap", folder);
    snprintf(output, sizeof(output), "%s/report", folder);
}

static void teardown(void)
{
    char command[128];
    fixture_close(&fixture);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void write_snapshot(uint32_t leaks)
{
    const uint16_t modules[] = {fixture.curl, fixture.app};
    uint32_t place = fixture_place(&fixture, fixture.easy, 0, 2, modules);
    size_t size;
    for (uint32_t i = 0; i < leaks; i++)
        sg_builder_handle(&fixture.builder, place, i);
    unsigned char *bytes = sg_builder_finish(&fixture.builder, &size);
    FILE *file = fopen(snapshot, "w");
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
    free(bytes);
}

/* Runs it with up to four more words; NULL ends them. */
static int show(char *first, char *second, char *third, char *fourth)
{
    char *words[] = {"report", snapshot, first, second, third, fourth, NULL};
    int count = 2;
    while (words[count])
        count++;
    return sg_show_run(count, words);
}

static const char *content(void)
{
    static char text[65536];
    int descriptor = open(output, O_RDONLY);
    ssize_t length = descriptor < 0 ? 0 : read(descriptor, text, sizeof(text) - 1);
    if (descriptor >= 0)
        close(descriptor);
    text[length > 0 ? length : 0] = '\0';
    return text;
}

START_TEST(leaks_are_23)
{
    write_snapshot(3);
    ck_assert_int_eq(show("--output", output, NULL, NULL), SG_SHOW_LEAKS);
    ck_assert_ptr_nonnull(strstr(content(), "3 leaked sessions at 1 place in ./app\n"));
}
END_TEST

START_TEST(clean_is_0_and_says_so)
{
    fixture.builder.layout.opened = 5;
    write_snapshot(0);
    ck_assert_int_eq(show("--output", output, NULL, NULL), SG_SHOW_CLEAN);
    ck_assert_str_eq(content(), "==4711==sessguard: no leaks (5 opened)\n");
}
END_TEST

START_TEST(flags_override)
{
    fixture.builder.layout.options = sg_builder_text(&fixture.builder, "mode=warn:max_leaks=1:format=json");
    write_snapshot(1);
    char flag[160];
    snprintf(flag, sizeof(flag), "--output=%s", output);
    ck_assert_int_eq(show("--format=json", flag, NULL, NULL), SG_SHOW_LEAKS);
    ck_assert_int_eq(strncmp(content(), "{\"schema\"", 9), 0);
}
END_TEST

START_TEST(where_the_process_wrote_is_left_alone)
{
    char options[256];
    snprintf(options, sizeof(options), "mode=warn:output='%s/old':log_path='%s/log'", folder, folder);
    fixture.builder.layout.options = sg_builder_text(&fixture.builder, options);
    write_snapshot(1);
    ck_assert_int_eq(show("--output", output, NULL, NULL), SG_SHOW_LEAKS);
    snprintf(options, sizeof(options), "test ! -e %s/old && test ! -e %s/log.4711", folder, folder);
    ck_assert_int_eq(system(options), 0);
}
END_TEST

START_TEST(bad_input_is_2)
{
    write_snapshot(1);
    ck_assert_int_eq(show("--nonsense", NULL, NULL, NULL), SG_SHOW_BAD);
    ck_assert_int_eq(show("--format", "xml", NULL, NULL), SG_SHOW_BAD);
    ck_assert_int_eq(show("--format", NULL, NULL, NULL), SG_SHOW_BAD);
    ck_assert_int_eq(show("another", NULL, NULL, NULL), SG_SHOW_BAD);
    ck_assert_int_eq(show("--output", "/nowhere/x", NULL, NULL), SG_SHOW_BAD);
    ck_assert_int_eq(truncate(snapshot, 100), 0);
    ck_assert_int_eq(show("--output", output, NULL, NULL), SG_SHOW_BAD);
    unlink(snapshot);
    ck_assert_int_eq(show("--output", output, NULL, NULL), SG_SHOW_BAD);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("show");
    TCase *tests = tcase_create("show");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, leaks_are_23);
    tcase_add_test(tests, clean_is_0_and_says_so);
    tcase_add_test(tests, flags_override);
    tcase_add_test(tests, where_the_process_wrote_is_left_alone);
    tcase_add_test(tests, bad_input_is_2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
