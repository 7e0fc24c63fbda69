/* Call frame tables that are damaged: whatever stands in them, a step reads only
 * what is theirs, and ends. Copies of this program's own tables lie between pages
 * that cannot be read; each byte that matters for some functions takes each value,
 * each field the extremes, and many bytes at once what comes by chance.
 *
 * SESSGUARD_FUZZ_ROUNDS says how often at random (2,000), SESSGUARD_FUZZ_SEED where
 * that begins; by hand, with more: tests/suites/fuzz_frames.sh. */
#include "cfi.h"
#include "object.h"
#include "testing.h"

#include <sys/mman.h>

bool __real_sg_object_find(uintptr_t address, struct sg_object *object);
bool __wrap_sg_object_find(uintptr_t address, struct sg_object *object);

#define PAGE 4096U

static ElfW(Phdr) part = {.p_type = PT_LOAD, .p_flags = PF_R}; /* the tables' */
static struct sg_object made = {.end = UINTPTR_MAX, .parts = &part, .n_parts = 1};
static uint8_t *tables, *stack; /* the copy, and a page of made-up stack */
static const uint8_t *original;
static size_t size;

/* Every address lies in the one object that was made. */
bool __wrap_sg_object_find(uintptr_t address, struct sg_object *object)
{
    (void)address;
    *object = made;
    return true;
}

/* Functions with rules of many kinds, which nobody calls. */
#if defined(__x86_64__)
#define FUNCTION(name, rules)                                                                                \
    __asm__(".text\n" #name "_begin:\n .cfi_startproc\n nop\n" rules #name "_at:\n nop\n .cfi_endproc\n");   \
    extern const char name##_at[]
FUNCTION(pushed, ".cfi_adjust_cfa_offset 8\n .cfi_rel_offset rbx, 0\n");
FUNCTION(advanced, ".skip 300\n .cfi_def_cfa_offset 16\n .skip 70000\n .cfi_def_cfa_offset 24\n");
FUNCTION(remembered, ".cfi_def_cfa_offset 32\n .cfi_offset r12, -24\n .cfi_remember_state\n nop\n"
                     ".cfi_def_cfa_offset 64\n .cfi_same_value r12\n nop\n .cfi_restore_state\n");
FUNCTION(by_expression, ".cfi_escape 0x0f, 3, 0x77, 40, 0x06\n .cfi_escape 0x10, 3, 2, 0x77, 8\n"
                        ".cfi_escape 0x16, 12, 5, 0x08, 99, 0x0a, 1, 2\n");
FUNCTION(with_sign, ".cfi_escape 0x11, 3, 3\n .cfi_escape 0x12, 7, 0x7c\n .cfi_escape 0x05, 13, 2\n"
                    ".cfi_escape 0x15, 14, 2\n .cfi_register rbx, r13\n .cfi_undefined r15\n");
FUNCTION(begins, ".cfi_undefined rip\n");
__asm__(".text\nsignal_begin:\n .cfi_startproc\n .cfi_signal_frame\n nop\n"
        " .cfi_def_cfa rsp, 0\n .cfi_escape 0x16, 7, 2, 0x77, 0x40\n .cfi_offset rip, 16\n"
        "signal_at:\n nop\n .cfi_endproc\n");
extern const char signal_at[];
#define MADE_UP                                                                                              \
    , (uintptr_t)pushed_at, (uintptr_t)advanced_at, (uintptr_t)remembered_at, (uintptr_t)by_expression_at,   \
        (uintptr_t)with_sign_at, (uintptr_t)begins_at, (uintptr_t)signal_at
#else
#define MADE_UP
#endif

static void make(bool is_at_end)
{
    struct sg_object self;
    struct sg_part all;
    ck_assert(__real_sg_object_find((uintptr_t)make, &self));
    original = self.eh_frame_hdr;
    ck_assert(sg_object_part(&self, (uintptr_t)original, &all));
    size = all.high - (uintptr_t)original;
    size_t room = (size + PAGE - 1) / PAGE * PAGE;
    uint8_t *pages = mmap(NULL, room + 5 * (size_t)PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    ck_assert_int_eq(mprotect(pages + PAGE, room, PROT_READ | PROT_WRITE), 0);
    stack = pages + room + 3 * (size_t)PAGE;
    ck_assert_int_eq(mprotect(stack, PAGE, PROT_READ | PROT_WRITE), 0);
    tables = pages + PAGE + (is_at_end ? room - size : 0);
    memcpy(tables, original, size);
    part.p_vaddr = (uintptr_t)tables;
    part.p_filesz = size;
    made.start = (uintptr_t)pages;
    made.eh_frame_hdr = tables;
}

/* Where the copy says that the function's code is. */
static uintptr_t pc_of(uintptr_t function) { return function - (uintptr_t)original + (uintptr_t)tables; }

/* Both ways to ask, as after a call and as after a signal; false: unknown. */
static bool ask(uintptr_t pc)
{
    struct sg_cfi_rule rule;
    bool is_known = sg_cfi_find_rule(pc, &rule);
    for (unsigned i = 0; i < 2; i++) {
        struct sg_cfi_frame frame = {
            .pc = pc, .is_interrupted = i, .low = (uintptr_t)stack, .high = (uintptr_t)stack + PAGE};
        for (unsigned reg = 0; reg < SG_CFI_REGISTERS; reg++)
            frame.reg[reg] = (uintptr_t)stack + (uintptr_t)reg * 128;
        struct sg_cfi_frame before = frame;
        if (sg_cfi_step(&frame) == SG_CFI_STEPPED)
            is_known = true;
        else
            ck_assert(memcmp(&frame, &before, sizeof frame) == 0);
    }
    return is_known;
}

/* The bytes that matter for a function. */
struct region {
    size_t at, length;
};

static uint32_t word(size_t at)
{
    uint32_t value;
    ck_assert_uint_le(at + sizeof value, size);
    memcpy(&value, original + at, sizeof value);
    return value;
}

/* The header, the entries that a search looks at, the FDE and its CIE. */
static unsigned find_regions(uintptr_t function, struct region *regions)
{
    unsigned count = 0;
    int32_t wanted = (int32_t)(function - (uintptr_t)original);
    uint32_t low = 0;
    uint32_t high = word(8);
    regions[count++] = (struct region){0, 12};
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        regions[count++] = (struct region){12 + (size_t)middle * 8, 8};
        if ((int32_t)word(12 + (size_t)middle * 8) <= wanted)
            low = middle;
        else
            high = middle;
    }
    regions[count++] = (struct region){12 + (size_t)low * 8, 8};
    size_t fde = word(12 + (size_t)low * 8 + 4);
    size_t cie = fde + 4 - word(fde + 4);
    regions[count++] = (struct region){fde, 4 + word(fde)};
    regions[count++] = (struct region){cie, 4 + word(cie)};
    return count;
}

#define REGIONS_MAX 40

static const uint64_t extremes[] = {0,
                                    1,
                                    0x7f,
                                    0x80,
                                    0xff,
                                    0x7fff,
                                    0x8000,
                                    0xffff,
                                    0x7fffffff,
                                    0x80000000,
                                    0xfffffffe,
                                    0xffffffff,
                                    0x100000000,
                                    INT64_MAX,
                                    (uint64_t)INT64_MIN,
                                    UINT64_MAX - 7,
                                    UINT64_MAX};

static void damage(size_t at, const void *bytes, size_t length, uintptr_t pc)
{
    memcpy(tables + at, bytes, length);
    (void)ask(pc);
    memcpy(tables + at, original + at, length);
}

static void damage_each(uintptr_t function)
{
    struct region regions[REGIONS_MAX];
    unsigned count = find_regions(function, regions);
    uintptr_t pc = pc_of(function);
    ck_assert_uint_le(count, REGIONS_MAX);
    for (unsigned i = 0; i < count; i++)
        for (size_t at = regions[i].at; at < regions[i].at + regions[i].length; at++) {
            for (unsigned value = 0; value < 256; value++) {
                uint8_t byte = (uint8_t)value;
                damage(at, &byte, 1, pc);
            }
            for (unsigned width = 2; width <= 8; width *= 2)
                for (unsigned j = 0; j < SG_COUNT(extremes) && at + width <= size; j++)
                    damage(at, &extremes[j], width, pc);
        }
    ck_assert(memcmp(tables, original, size) == 0);
}

static const uintptr_t functions[] = {(uintptr_t)make, (uintptr_t)find_regions MADE_UP};

START_TEST(undamaged_copies_are_understood)
{
    make(_i);
    for (size_t i = 0; i < SG_COUNT(functions); i++) {
        uintptr_t copy = pc_of(functions[i]) + 1;
        struct sg_cfi_rule rule;
        /* An expression, or a signal, needs more than a simple rule. */
        bool is_simple = sg_cfi_find_rule(copy, &rule);
        ck_assert_msg(is_simple || i >= 2, "function %zu", i);
    }
}
END_TEST

START_TEST(each_byte_may_have_any_value)
{
    make(true);
    damage_each(functions[_i]);
}
END_TEST

/* The segment may end, and the file's part of it, anywhere in the tables. */
START_TEST(the_tables_may_be_cut_anywhere)
{
    make(true);
    for (size_t i = 0; i < SG_COUNT(functions); i++) {
        struct region regions[REGIONS_MAX];
        unsigned count = find_regions(functions[i], regions);
        for (unsigned j = 0; j < count; j++)
            for (size_t at = regions[j].at; at <= regions[j].at + regions[j].length; at++) {
                part.p_filesz = at;
                made.end = (uintptr_t)tables + at;
                bool is_known = ask(pc_of(functions[i]));
                ck_assert(!is_known || at > regions[j].at);
                part.p_filesz = size;
                made.end = UINTPTR_MAX;
                /* It may begin later, too, than what points to it. */
                part.p_vaddr = (uintptr_t)tables + at;
                part.p_filesz = size - at;
                (void)ask(pc_of(functions[i]));
                part.p_vaddr = (uintptr_t)tables;
                part.p_filesz = size;
            }
    }
}
END_TEST

START_TEST(a_header_may_be_anywhere)
{
    make(true);
    const uintptr_t places[] = {1,
                                PAGE,
                                (uintptr_t)tables - 1,
                                (uintptr_t)tables + size - 1,
                                (uintptr_t)tables + size - 4,
                                (uintptr_t)tables + size,
                                (uintptr_t)stack,
                                UINTPTR_MAX - 3,
                                UINTPTR_MAX};
    for (size_t i = 0; i < SG_COUNT(places); i++) {
        made.eh_frame_hdr = (const uint8_t *)places[i];
        ck_assert(!ask(pc_of(functions[0])));
    }
}
END_TEST

static uint64_t chance(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static unsigned long setting(const char *name, unsigned long usual)
{
    const char *text = getenv(name);
    return text && *text ? strtoul(text, NULL, 10) : usual;
}

/* Several bytes at once, mostly where they matter. */
static void damage_at_random(uint64_t *state)
{
    struct region regions[REGIONS_MAX];
    uintptr_t function = functions[chance(state) % SG_COUNT(functions)];
    unsigned count = find_regions(function, regions);
    unsigned n_bytes = 1 + (unsigned)(chance(state) % 12);
    bool is_anywhere = chance(state) % 8 == 0;
    for (unsigned i = 0; i < n_bytes; i++) {
        const struct region *region = &regions[chance(state) % 2 ? chance(state) % count : count - 2];
        size_t at = is_anywhere ? chance(state) % size : region->at + chance(state) % region->length;
        tables[at] =
            (uint8_t)(chance(state) % 3 ? chance(state) : extremes[chance(state) % SG_COUNT(extremes)]);
    }
    for (size_t i = 0; i < SG_COUNT(functions); i++)
        (void)ask(pc_of(functions[i]) + chance(state) % 4);
    memcpy(tables, original, size);
}

START_TEST(many_bytes_may_be_wrong)
{
    unsigned long rounds = setting("SESSGUARD_FUZZ_ROUNDS", 2000);
    uint64_t state = setting("SESSGUARD_FUZZ_SEED", 1) * UINT64_C(0x9E3779B97F4A7C15) + (uint64_t)_i;
    make(_i);
    for (unsigned long i = 0; i < rounds; i++)
        damage_at_random(&state);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("damaged frames");
    TCase *all = tcase_create("damaged frames");
    /* The work is fixed: this only stops a loop that does not end. */
    tcase_set_timeout(all, getenv("SESSGUARD_FUZZ_ROUNDS") ? 0 : TESTING_SECONDS);
    tcase_add_loop_test(all, undamaged_copies_are_understood, 0, 2);
    tcase_add_loop_test(all, each_byte_may_have_any_value, 0, SG_COUNT(functions));
    tcase_add_test(all, the_tables_may_be_cut_anywhere);
    tcase_add_test(all, a_header_may_be_anywhere);
    tcase_add_loop_test(all, many_bytes_may_be_wrong, 0, 2);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
