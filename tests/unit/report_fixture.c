#include "report_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fixture_start(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    struct sg_builder *builder = &fixture->builder;
    sg_builder_init(builder);
    fixture->easy = sg_builder_kind(builder, "curl.easy", "libcurl easy handle", "curl_easy_cleanup", 0);
    fixture->multi = sg_builder_kind(builder, "curl.multi", "libcurl multi handle", "curl_multi_cleanup", 0);
    fixture->socket =
        sg_builder_kind(builder, "socket", "socket", "close", SG_KIND_DESCRIPTOR | SG_KIND_OWNED);
    fixture->app = sg_builder_module(builder, "/nowhere/bin/app", 0x10000, SG_MODULE_MAIN);
    fixture->curl = sg_builder_module(builder, "/nowhere/lib/libcurl.so.4", 0x7f0000000000, SG_MODULE_FAMILY);
    fixture->libc = sg_builder_module(builder, "/nowhere/lib/libc.so.6", 0x7f1000000000, 0);
}

uint32_t fixture_place(struct fixture *fixture, uint8_t kind, uint32_t variant, unsigned frames,
                       const uint16_t *modules)
{
    uint32_t offsets[16];
    for (unsigned i = 0; i < frames; i++)
        offsets[i] = 0x100 + 0x10 * i + variant;
    return sg_builder_place(&fixture->builder, kind, frames, modules, offsets);
}

void fixture_open(struct fixture *fixture)
{
    size_t size;
    unsigned char *bytes = sg_builder_finish(&fixture->builder, &size);
    int descriptor = sg_builder_descriptor(bytes, size);
    bool is_open = sg_reader_open(&fixture->snapshot, descriptor, false);
    ck_assert_msg(is_open, "%s", fixture->snapshot.message);
    close(descriptor);
    free(bytes);
}

static void complain(void *context, const char *line)
{
    struct fixture *fixture = context;
    size_t length = strlen(fixture->complaints);
    snprintf(fixture->complaints + length, sizeof(fixture->complaints) - length, "%s\n", line);
}

void fixture_report(struct fixture *fixture, const char *rules)
{
    char path[] = P_tmpdir "/sessguard-test-XXXXXX";
    fixture_open(fixture);
    sg_settings_take(&fixture->settings, &fixture->pool, &fixture->snapshot);
    if (rules) {
        int descriptor = mkstemp(path);
        ck_assert_int_ge(descriptor, 0);
        ck_assert_int_eq(write(descriptor, rules, strlen(rules)), (ssize_t)strlen(rules));
        close(descriptor);
        fixture->settings.suppressions = path;
    }
    sg_report_make(&fixture->report, &fixture->pool, &fixture->snapshot, &fixture->settings, complain,
                   fixture);
    if (rules)
        unlink(path);
    fixture->settings.suppressions = NULL;
    for (size_t i = 0; i < fixture->report.rules.count; i++)
        fixture->report.rules.entries[i].file = "rules";
}

void fixture_close(struct fixture *fixture)
{
    sg_pool_free(&fixture->pool);
    if (fixture->snapshot.layout)
        sg_reader_close(&fixture->snapshot);
    sg_builder_free(&fixture->builder);
}
