/* The reader refuses every way in which a snapshot can be damaged, with a
 * line that says what is wrong. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report_fixture.h"

static struct sg_snapshot snapshot;
static struct fixture fixture;
static uint32_t place;

static uint32_t script_place;

/* A frame of Python's: line 7 of function "f" in app.py. */
static void add_script(void)
{
    static const char bytes[] = "\7\0\0\0app.py\0f";
    uint16_t module = sg_builder_module(&fixture.builder, "", 0, SG_MODULE_SCRIPT);
    uint32_t frame = sg_builder_string(&fixture.builder, SG_STRING_FRAME, bytes, sizeof bytes - 1);
    script_place = sg_builder_place(&fixture.builder, fixture.easy, 1, &module, &frame);
    sg_builder_handle(&fixture.builder, script_place, 5);
}

static void setup(void)
{
    fixture_start(&fixture);
    const uint16_t modules[] = {fixture.curl, fixture.app};
    place = fixture_place(&fixture, fixture.easy, 0, 2, modules);
    uint32_t peer = sg_builder_text(&fixture.builder, "example.org:443");
    sg_builder_handle(&fixture.builder, place, 5)->record.peer = peer;
    add_script();
    sg_builder_socket(&fixture.builder, place, 6);
}

static void teardown(void) { fixture_close(&fixture); }

static bool opens(const void *bytes, size_t size, bool may_map)
{
    int descriptor = sg_builder_descriptor(bytes, size);
    bool is_open = sg_reader_open(&snapshot, descriptor, may_map);
    close(descriptor);
    return is_open;
}

/* Expects a refusal that holds `text`, mapped and copied. */
static void expect_refusal(const void *bytes, size_t size, const char *text)
{
    for (int may_map = 0; may_map < 2; may_map++) {
        bool is_open = opens(bytes, size, may_map != 0);
        ck_assert_msg(!is_open, "was taken, though: %s", text);
        ck_assert_msg(strstr(snapshot.message, text) != NULL, "\"%s\" lacks \"%s\"", snapshot.message, text);
    }
}

static void expect_built_refusal(const char *text)
{
    size_t size;
    unsigned char *bytes = sg_builder_finish(&fixture.builder, &size);
    expect_refusal(bytes, size, text);
    free(bytes);
}

static struct sg_handle *handle(void)
{
    return (struct sg_handle *)(void *)fixture.builder.sections[SG_SECTION_HANDLES].bytes;
}

static struct sg_record *descriptor_record(void)
{
    return (struct sg_record *)(void *)fixture.builder.sections[SG_SECTION_DESCRIPTORS].bytes;
}

START_TEST(takes_a_good_one)
{
    for (int may_map = 0; may_map < 2; may_map++) {
        size_t size;
        unsigned char *bytes = sg_builder_finish(&fixture.builder, &size);
        ck_assert_msg(opens(bytes, size, may_map != 0), "%s", snapshot.message);
        ck_assert_uint_eq(snapshot.kinds_count, 3);
        ck_assert_uint_eq(snapshot.modules_count, 5);
        ck_assert_uint_eq(snapshot.handles_count, 2);
        ck_assert_uint_eq(snapshot.descriptors_count, 1);
        ck_assert_str_eq(sg_reader_text(&snapshot, &fixture.pool, snapshot.layout->argv0), "./app");
        ck_assert_uint_eq(sg_reader_place(&snapshot, place)->frames, 2);
        sg_reader_close(&snapshot);
        free(bytes);
    }
}
END_TEST

START_TEST(takes_an_empty_process)
{
    struct sg_builder builder;
    size_t size;
    sg_builder_init(&builder);
    unsigned char *bytes = sg_builder_finish(&builder, &size);
    ck_assert_msg(opens(bytes, size, false), "%s", snapshot.message);
    sg_reader_close(&snapshot);
    free(bytes);
    sg_builder_free(&builder);
}
END_TEST

START_TEST(cleans_text)
{
    fixture.builder.layout.argv0 =
        sg_builder_string(&fixture.builder, SG_STRING_TEXT, "a\033[1m\n\xff\xc3\xa9\xc2\x9b\0b", 13);
    fixture_open(&fixture);
    ck_assert_str_eq(sg_reader_text(&fixture.snapshot, &fixture.pool, fixture.snapshot.layout->argv0),
                     "a?[1m?\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd?b");
}
END_TEST

START_TEST(refuses_other_files)
{
    expect_refusal("", 0, "is empty");
    expect_refusal("#!/bin/sh\n", 10, "is not a sessguard snapshot");
    expect_refusal("SES", 3, "is not a sessguard snapshot");
}
END_TEST

START_TEST(refuses_other_versions_and_machines)
{
    fixture.builder.layout.version = 7;
    expect_built_refusal("has snapshot version 7, and this command (" SG_VERSION ") reads version 3");
    fixture.builder.layout.version = SG_LAYOUT_VERSION;
    fixture.builder.layout.magic = __builtin_bswap64(SG_LAYOUT_MAGIC);
    expect_built_refusal("other byte order");
}
END_TEST

START_TEST(refuses_every_truncation)
{
    size_t size;
    unsigned char *bytes = sg_builder_finish(&fixture.builder, &size);
    for (size_t length = 8; length < size; length += 8)
        expect_refusal(bytes, length,
                       length < sizeof(struct sg_layout) ? "within its header" : "is truncated at byte");
    free(bytes);
}
END_TEST

START_TEST(refuses_bad_headers)
{
    fixture.builder.layout.header_size++;
    expect_built_refusal("its header says it has");
    fixture.builder.layout.header_size--;
    size_t size;
    unsigned char *bytes = sg_builder_finish(&fixture.builder, &size);
    struct sg_layout *layout = (struct sg_layout *)(void *)bytes;
    layout->total_size = 16;
    expect_refusal(bytes, size, "it says it has 16 bytes in all");
    layout->total_size = UINT64_MAX;
    expect_refusal(bytes, size, "is truncated at byte");
    free(bytes);
}
END_TEST

START_TEST(refuses_bad_sections)
{
    size_t size;
    unsigned char *bytes = sg_builder_finish(&fixture.builder, &size);
    struct sg_layout *layout = (struct sg_layout *)(void *)bytes;
    for (int i = 0; i < SG_SECTIONS; i++) {
        struct sg_section good = layout->sections[i];
        struct sg_section *section = &layout->sections[i];
        section->entry_size = 0;
        expect_refusal(bytes, size, "an entry of its");
        *section = good;
        section->size += 1;
        expect_refusal(bytes, size, "end within an entry");
        *section = good;
        section->size = good.entry_size << 40;
        expect_refusal(bytes, size, "reach from byte");
        *section = good;
        section->offset += 4;
        expect_refusal(bytes, size, "reach from byte");
        section->offset = UINT64_MAX - 7;
        expect_refusal(bytes, size, "reach from byte");
        section->offset = 0;
        section->size = good.entry_size;
        expect_refusal(bytes, size, "reach from byte");
        *section = good;
    }
    free(bytes);
}
END_TEST

START_TEST(refuses_bad_strings)
{
    const uint32_t bad[] = {4, 12, 0xfffffff8, 8000000};
    for (size_t i = 0; i < SG_COUNT(bad); i++) {
        handle()->record.peer = bad[i];
        expect_built_refusal("refers to string");
    }
    handle()->record.peer = 0;
    uint32_t last = sg_builder_text(&fixture.builder, "xyz");
    struct sg_string *string =
        (struct sg_string *)(void *)(fixture.builder.sections[SG_SECTION_STRINGS].bytes + last);
    fixture.builder.layout.exe = last;
    string->length = 200;
    expect_built_refusal("goes past the end");
    string->length = 3;
    string->type = 9;
    expect_built_refusal("has the unknown type 9");
    fixture.builder.layout.exe = 3;
    expect_built_refusal("header field 0 refers to string 3");
}
END_TEST

START_TEST(refuses_bad_kinds)
{
    struct sg_kind_entry *kinds =
        (struct sg_kind_entry *)(void *)fixture.builder.sections[SG_SECTION_KINDS].bytes;
    memset(kinds[0].name, 'x', sizeof(kinds[0].name));
    expect_built_refusal("the names of kind 0 are not plain text");
    strcpy(kinds[0].name, "a\033b");
    expect_built_refusal("the names of kind 0 are not plain text");
    strcpy(kinds[0].name, "curl.easy");
    handle()->record.kind = 3;
    expect_built_refusal("handle 0 has the unknown kind 3");
}
END_TEST

START_TEST(refuses_bad_modules)
{
    struct sg_module *module = sg_builder_last_module(&fixture.builder);
    module->build_id_size = SG_BUILD_ID_MAX + 1;
    expect_built_refusal("has a build-id of 33 bytes");
    module->build_id_size = 0;
    module->path = 1;
    expect_built_refusal("module 4 refers to string 1");
}
END_TEST

START_TEST(refuses_bad_places)
{
    const uint64_t bad[] = {0x7fffffff, 0xffffffff, 500};
    for (size_t i = 0; i < SG_COUNT(bad); i++) {
        descriptor_record()->life = UINT64_C(6) << 32 | bad[i];
        expect_built_refusal("descriptor 0 refers to place");
    }
    descriptor_record()->life = UINT64_C(6) << 32 | place;
    struct sg_place *at = sg_builder_at_place(&fixture.builder, place);
    at->frames = 60000;
    expect_built_refusal("with 60000 frames goes past the end");
    at->frames = 2;
    at->kind = 200;
    expect_built_refusal("has the unknown kind 200");
    at->kind = fixture.easy;
    uint16_t *modules = (uint16_t *)(uintptr_t)sg_place_modules(at);
    modules[1] = 5;
    expect_built_refusal("refers to module 5");
}
END_TEST

START_TEST(refuses_bad_frames_of_scripts)
{
    static const char no_end[] = "\7\0\0\0app.py";
    uint32_t *frame =
        (uint32_t *)(uintptr_t)sg_place_offsets(sg_builder_at_place(&fixture.builder, script_place));
    uint32_t good = *frame;
    *frame = 0;
    expect_built_refusal("is no frame of a script");
    *frame = good + 1;
    expect_built_refusal("which is none");
    uint32_t text = sg_builder_text(&fixture.builder, "app.py");
    frame = (uint32_t *)(uintptr_t)sg_place_offsets(sg_builder_at_place(&fixture.builder, script_place));
    *frame = text;
    expect_built_refusal("is no frame of a script");
    text = sg_builder_string(&fixture.builder, SG_STRING_FRAME, no_end, sizeof no_end - 1);
    *frame = text;
    expect_built_refusal("is no frame of a script");
    text = sg_builder_string(&fixture.builder, SG_STRING_FRAME, no_end, 4);
    *frame = text;
    expect_built_refusal("is no frame of a script");
}
END_TEST

START_TEST(refuses_place_zero)
{
    descriptor_record()->life = UINT64_C(6) << 32;
    expect_built_refusal("descriptor 0 refers to place 0");
}
END_TEST

START_TEST(refuses_bad_outcomes)
{
    handle()->record.outcome = SG_OUTCOMES;
    expect_built_refusal("handle 0 has the unknown outcome 8");
    handle()->record.outcome = SG_OUTCOME_SKIPPED;
    handle()->record.reason = SG_REASONS;
    expect_built_refusal("handle 0 has the unknown outcome 2");
}
END_TEST

START_TEST(ignores_records_that_are_not_open)
{
    handle()->record.life = 1;
    handle()->record.kind = 77;
    descriptor_record()->life = 0;
    descriptor_record()->peer = 3;
    fixture_open(&fixture);
}
END_TEST

/* Whatever byte is wrong: no crash, and what is taken can be grouped. */
START_TEST(survives_any_wrong_byte)
{
    size_t size;
    unsigned char *bytes = sg_builder_finish(&fixture.builder, &size);
    struct sg_options options;
    sg_options_init(&options);
    for (size_t i = 0; i < size; i++) {
        unsigned char good = bytes[i];
        bytes[i] = (unsigned char)(good ^ 0xff);
        if (opens(bytes, size, false)) {
            struct sg_pool pool = {0};
            sg_group_leaks(&pool, &snapshot, &options, NULL);
            sg_pool_free(&pool);
            sg_reader_close(&snapshot);
        }
        bytes[i] = good;
    }
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reader");
    TCase *tests = tcase_create("reader");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, takes_a_good_one);
    tcase_add_test(tests, takes_an_empty_process);
    tcase_add_test(tests, cleans_text);
    tcase_add_test(tests, refuses_other_files);
    tcase_add_test(tests, refuses_other_versions_and_machines);
    tcase_add_test(tests, refuses_every_truncation);
    tcase_add_test(tests, refuses_bad_headers);
    tcase_add_test(tests, refuses_bad_sections);
    tcase_add_test(tests, refuses_bad_strings);
    tcase_add_test(tests, refuses_bad_kinds);
    tcase_add_test(tests, refuses_bad_modules);
    tcase_add_test(tests, refuses_bad_places);
    tcase_add_test(tests, refuses_bad_frames_of_scripts);
    tcase_add_test(tests, refuses_place_zero);
    tcase_add_test(tests, refuses_bad_outcomes);
    tcase_add_test(tests, ignores_records_that_are_not_open);
    tcase_add_test(tests, survives_any_wrong_byte);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
