/* Functions, files and lines of programs from several compilers, with debug
 * information of every shape that distributions ship. */
#include <check.h>
#include <elfutils/libdwelf.h>
#include <execinfo.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../detector/report/frame.h"
#include "report_fixture.h"

/* The label marks the address that is looked up: three functions deep, of
 * which two are inlined. Lines count from 1. */
static const char source[] =                                                               /* 0 */
    "static inline __attribute__((always_inline)) int open_it(int value)\n"                /* 1 */
    "{\n"                                                                                  /* 2 */
    "    __asm__ volatile(\".globl probe\\nprobe:\\nnop\" : \"+r\"(value));\n"             /* 3 */
    "    return value;\n"                                                                  /* 4 */
    "}\n"                                                                                  /* 5 */
    "static inline __attribute__((always_inline)) int fetch(int value)\n"                  /* 6 */
    "{\n"                                                                                  /* 7 */
    "    return open_it(value) + 1;\n"                                                     /* 8 */
    "}\n"                                                                                  /* 9 */
    "SPACE __attribute__((noinline)) int worker(int value)\n"                              /* 10 */
    "{\n"                                                                                  /* 11 */
    "    return fetch(value) * 2;\n"                                                       /* 12 */
    "}\n"                                                                                  /* 13 */
    "END int main(int count, char **words) { (void)words; return CALL worker(count); }\n"; /* 14 */

static char folder[64];
static struct fixture fixture;

static void setup(void)
{
    snprintf(folder, sizeof(folder), P_tmpdir "/sessguard-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    fixture_start(&fixture);
    /* Without a build-id, a file that is younger than this is not believed. */
    fixture.builder.layout.started_ns = (uint64_t)(time(NULL) + 60) * 1000000000U;
}

static void teardown(void)
{
    char command[128];
    fixture_close(&fixture);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* Runs a shell command in the folder; false where it fails. */
static bool run(const char *format, ...) SG_PRINTF(1, 2);

static bool run(const char *format, ...)
{
    char command[2048];
    int length = snprintf(command, sizeof(command), "cd %s && { ", folder);
    va_list arguments;
    va_start(arguments, format);
    length += vsnprintf(command + length, sizeof(command) - (size_t)length, format, arguments);
    va_end(arguments);
    snprintf(command + length, sizeof(command) - (size_t)length, "; } >log 2>&1");
    return system(command) == 0;
}

static void write_source(const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(source, file);
    fclose(file);
}

/* The address of the label, and the build-id of the file. */
static uint32_t probe_of(const char *path, struct sg_module *module)
{
    int descriptor = open(path, O_RDONLY);
    ck_assert_int_ge(descriptor, 0);
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(descriptor, ELF_C_READ_MMAP, NULL);
    const void *bits;
    ssize_t size = dwelf_elf_gnu_build_id(elf, &bits);
    module->build_id_size = size > 0 ? (uint8_t)size : 0;
    if (size > 0)
        memcpy(module->build_id, bits, (size_t)size);
    uint32_t address = 0;
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        for (size_t i = 0; i < header.sh_size / header.sh_entsize; i++) {
            GElf_Sym symbol;
            gelf_getsym(data, (int)i, &symbol);
            if (strcmp(elf_strptr(elf, header.sh_link, symbol.st_name), "probe") == 0)
                address = (uint32_t)symbol.st_value;
        }
    }
    elf_end(elf);
    close(descriptor);
    ck_assert_uint_ne(address, 0);
    return address;
}

/* Adds `file` as a module with a leak at its probe, whose address was read
 * from `original` before anything was stripped. */
static void add_probe(const char *file, uint32_t probe, const struct sg_module *identity)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    uint16_t number = sg_builder_module(&fixture.builder, path, 0, SG_MODULE_MAIN);
    struct sg_module *module = sg_builder_last_module(&fixture.builder);
    memcpy(module->build_id, identity->build_id, sizeof(module->build_id));
    module->build_id_size = identity->build_id_size;
    sg_builder_handle(&fixture.builder, sg_builder_place(&fixture.builder, fixture.easy, 1, &number, &probe),
                      1);
}

static void expect_frame(size_t index, const char *function, const char *file, unsigned line, bool is_inlined,
                         const char *what)
{
    const struct sg_leak *leak = &fixture.report.leaks[0];
    ck_assert_msg(index < leak->frames_count, "%s: %zu frames", what, leak->frames_count);
    const struct sg_frame *frame = leak->frames[index];
    ck_assert_msg(frame->function && strcmp(frame->function, function) == 0, "%s: frame %zu is in %s", what,
                  index, frame->function ? frame->function : "nothing");
    if (file) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", folder, file);
        ck_assert_msg(frame->file && strcmp(frame->file, path) == 0, "%s: frame %zu is in %s", what, index,
                      frame->file ? frame->file : "no file");
        ck_assert_msg(frame->column > 0 || index == 0, "%s: frame %zu has no column", what, index);
    } else {
        ck_assert_msg(frame->file == NULL, "%s: frame %zu has a file", what, index);
    }
    ck_assert_msg(frame->line == line, "%s: frame %zu is in line %u", what, index, frame->line);
    ck_assert_msg(frame->is_inlined == is_inlined, "%s: frame %zu", what, index);
}

static void expect_all(const char *file, const char *worker, const char *prefix, const char *language,
                       const char *what)
{
    char name[128];
    fixture_report(&fixture, NULL);
    snprintf(name, sizeof(name), "%s", prefix[0] ? "open_it(int)" : "open_it");
    const struct sg_frame *first = fixture.report.leaks[0].frames[0];
    /* Some compilers leave the mangled name of inlined static functions out. */
    if (first->function && !strchr(first->function, '('))
        snprintf(name, sizeof(name), "open_it");
    expect_frame(0, name, file, 3, true, what);
    snprintf(name, sizeof(name), "%s", strchr(name, '(') ? "fetch(int)" : "fetch");
    expect_frame(1, name, file, 8, true, what);
    expect_frame(2, worker, file, 12, false, what);
    ck_assert_uint_eq(fixture.report.leaks[0].frames_count, 3);
    ck_assert_str_eq(first->language, language);
}

static void check_variant(const char *compiler, const char *flags, bool is_cpp)
{
    char what[256];
    struct sg_module identity = {0};
    const char *file = is_cpp ? "probe.cc" : "probe.c";
    snprintf(what, sizeof(what), "%s %s", compiler, flags);
    if (!run("command -v %s", compiler))
        return;
    teardown();
    setup();
    write_source(file);
    if (!run("%s %s %s -o probe %s", compiler, flags,
             is_cpp ? "-DSPACE='namespace net {' -DEND='}' -DCALL=net::" : "-DSPACE= -DEND= -DCALL=", file)) {
        printf("skipped: %s\n", what);
        return;
    }
    char path[128];
    snprintf(path, sizeof(path), "%s/probe", folder);
    uint32_t probe = probe_of(path, &identity);
    add_probe("probe", probe, &identity);
    expect_all(file, is_cpp ? "net::worker(int)" : "worker", is_cpp ? "net::" : "", is_cpp ? "c++" : "c",
               what);
}

static const char *const variants[] = {
    "-g -O2",
    "-g -O0",
    "-gdwarf-4 -O2",
    "-gdwarf-5 -O2",
    "-g -O2 -gz=zlib",
    "-g -O2 -gz=zlib-gnu",
    "-g -O2 -no-pie",
    "-g -O2 -static",
    "-g -O2 -Wl,--build-id=none",
    "-g -O2 -ffunction-sections -Wl,--gc-sections",
    "-g -O2 -gsplit-dwarf",
    "-gdwarf-4 -O2 -gsplit-dwarf",
    "-g -O2 -flto",
};

START_TEST(c)
{
    check_variant("gcc", variants[_i], false);
    check_variant("clang", variants[_i], false);
}
END_TEST

START_TEST(cpp)
{
    static const char *const flags[] = {"-gdwarf-4 -O2", "-gdwarf-5 -O1"};
    check_variant("g++", flags[_i], true);
    check_variant("clang++", flags[_i], true);
}
END_TEST

/* Builds the program, moves its debug information out and reports. */
static void check_split(const char *commands, const char *what, bool is_found)
{
    char path[128];
    struct sg_module identity = {0};
    write_source("probe.c");
    ck_assert(run("gcc -g -O2 -DSPACE= -DEND= -DCALL= -o probe probe.c"));
    snprintf(path, sizeof(path), "%s/probe", folder);
    uint32_t probe = probe_of(path, &identity);
    ck_assert(run("%s", commands));
    add_probe("probe", probe, &identity);
    if (is_found) {
        expect_all("probe.c", "worker", "", "c", what);
        return;
    }
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.leaks[0].frames_count, 1);
}

START_TEST(debug_link)
{
    check_split("objcopy --only-keep-debug probe probe.debug && strip probe && objcopy "
                "--add-gnu-debuglink=probe.debug probe && mkdir .debug && mv probe.debug .debug",
                ".debug", true);
}
END_TEST

START_TEST(debug_link_beside)
{
    check_split(
        "objcopy --only-keep-debug --compress-debug-sections probe probe.debug && strip probe && objcopy "
        "--add-gnu-debuglink=probe.debug probe",
        "beside", true);
}
END_TEST

START_TEST(debug_link_of_another_build)
{
    check_split(
        "objcopy --only-keep-debug probe probe.debug && strip probe && objcopy "
        "--add-gnu-debuglink=probe.debug probe && gcc -g -O0 -DSPACE= -DEND= -DCALL= -o probe.debug probe.c",
        "other", false);
    ck_assert_ptr_null(fixture.report.leaks[0].frames[0]->function);
}
END_TEST

START_TEST(symbols_only)
{
    check_split("strip --strip-debug probe", "symbols", false);
    expect_frame(0, "worker", NULL, 0, false, "symbols");
}
END_TEST

START_TEST(a_rebuilt_file_is_not_believed)
{
    check_split("gcc -g -O0 -DSPACE= -DEND= -DCALL= -o probe probe.c", "rebuilt", false);
    ck_assert_ptr_null(fixture.report.leaks[0].frames[0]->function);
    ck_assert_ptr_nonnull(fixture.report.leaks[0].frames[0]->module_path);
}
END_TEST

START_TEST(damaged_files_are_no_reason_to_fail)
{
    check_split("head -c 3000 probe > part && mv part probe", "damaged", false);
    ck_assert_ptr_null(fixture.report.leaks[0].frames[0]->file);
}
END_TEST

/* The loader keeps the path that LD_LIBRARY_PATH=. or a link line gave it. */
START_TEST(a_relative_path_is_from_the_start_directory)
{
    struct sg_module identity = {0};
    char path[128];
    write_source("probe.c");
    ck_assert(run("gcc -g -O2 -DSPACE= -DEND= -DCALL= -o probe probe.c"));
    snprintf(path, sizeof(path), "%s/probe", folder);
    uint32_t probe = probe_of(path, &identity);
    add_probe("probe", probe, &identity);
    uint32_t relative = sg_builder_text(&fixture.builder, "./probe");
    sg_builder_last_module(&fixture.builder)->path = relative;
    fixture.builder.layout.cwd = sg_builder_text(&fixture.builder, folder);
    expect_all("probe.c", "worker", "", "c", "relative");
}
END_TEST

START_TEST(a_pipe_is_no_module) { check_split("rm probe && mkfifo probe", "pipe", false); }
END_TEST

START_TEST(symbolize_0_looks_up_nothing)
{
    fixture.builder.layout.options = sg_builder_text(&fixture.builder, "symbolize=0");
    check_split("true", "symbolize=0", false);
    ck_assert_ptr_null(fixture.report.leaks[0].frames[0]->function);
}
END_TEST

static __attribute__((noinline)) int capture_here(void **addresses, int room)
{
    int count = backtrace(addresses, room);
    __asm__ volatile("");
    return count;
}

START_TEST(this_process)
{
    void *addresses[16];
    uint16_t modules[16];
    uint32_t offsets[16];
    int count = capture_here(addresses, 16);
    sg_builder_add_process(&fixture.builder);
    for (int i = 0; i < count; i++)
        modules[i] = sg_builder_find(&fixture.builder, (uint64_t)(uintptr_t)addresses[i] - 1, &offsets[i]);
    sg_builder_handle(&fixture.builder,
                      sg_builder_place(&fixture.builder, fixture.easy, (unsigned)count, modules, offsets), 1);
    fixture_report(&fixture, NULL);
    const struct sg_leak *leak = &fixture.report.leaks[0];
    bool is_found = false;
    for (size_t i = 0; i + 1 < leak->frames_count; i++)
        if (leak->frames[i]->function && strcmp(leak->frames[i]->function, "capture_here") == 0) {
            is_found = true;
            ck_assert_str_eq(leak->frames[i + 1]->function, "this_process_fn");
        }
    ck_assert(is_found);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("symbolize");
    TCase *tests = tcase_create("symbolize");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, c, 0, (int)SG_COUNT(variants));
    tcase_add_loop_test(tests, cpp, 0, 2);
    tcase_add_test(tests, debug_link);
    tcase_add_test(tests, debug_link_beside);
    tcase_add_test(tests, debug_link_of_another_build);
    tcase_add_test(tests, symbols_only);
    tcase_add_test(tests, a_rebuilt_file_is_not_believed);
    tcase_add_test(tests, damaged_files_are_no_reason_to_fail);
    tcase_add_test(tests, a_relative_path_is_from_the_start_directory);
    tcase_add_test(tests, a_pipe_is_no_module);
    tcase_add_test(tests, symbolize_0_looks_up_nothing);
    tcase_add_test(tests, this_process);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
