/* One step of unwinding, by rules that compilers rarely or never write: each
 * function below is never called, only its rules are read, at the label that
 * ends in _at, over a made-up frame. The walk as a whole is test_stack.c's. */
#include "cfi.h"
#include "testing.h"

extern const char _start[];

static uintptr_t words[64];
enum { SP = 16 }; /* the word that the stack pointer points to */

static struct sg_cfi_frame frame_at(const void *pc)
{
    struct sg_cfi_frame frame = {.pc = (uintptr_t)pc, .is_interrupted = true};
    for (unsigned i = 0; i < SG_COUNT(words); i++)
        words[i] = 0x1000 + i;
    for (unsigned i = 0; i < SG_CFI_REGISTERS; i++)
        frame.reg[i] = 0x700 + i;
    frame.reg[SG_CFI_SP] = (uintptr_t)&words[SP];
    frame.low = (uintptr_t)words;
    frame.high = (uintptr_t)(words + SG_COUNT(words));
    return frame;
}

static void ck_unknown(const void *pc)
{
    struct sg_cfi_frame frame = frame_at(pc);
    struct sg_cfi_frame before = frame;
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_UNKNOWN);
    ck_assert(memcmp(&frame, &before, sizeof frame) == 0);
}

START_TEST(an_address_without_rules_is_unknown)
{
    static uint8_t data[64];
    ck_unknown(NULL);
    ck_unknown(data);
    ck_unknown(words);
    ck_unknown((const void *)UINTPTR_MAX);
}
END_TEST

START_TEST(the_start_of_the_program_is_known)
{
    struct sg_cfi_frame frame = frame_at(_start + 8);
    struct sg_cfi_frame before = frame;
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_START);
    ck_assert(memcmp(&frame, &before, sizeof frame) == 0);
}
END_TEST

#if defined(__x86_64__)

#define FUNCTION(name, rules)                                                                                \
    __asm__(".text\n" #name "_begin:\n .cfi_startproc\n nop\n" rules #name "_at:\n nop\n .cfi_endproc\n");   \
    extern const char name##_begin[], name##_middle[], name##_at[]

/* Steps, and checks the caller's stack pointer and address, as word numbers. */
static struct sg_cfi_frame ck_step(const char *pc, unsigned sp)
{
    struct sg_cfi_frame frame = frame_at(pc);
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_STEPPED);
    ck_assert_uint_eq((frame.reg[SG_CFI_SP] - (uintptr_t)words) / 8, sp);
    ck_assert_uint_eq(frame.pc, 0x1000 + sp - 1);
    ck_assert(!frame.is_interrupted);
    ck_assert_uint_eq(frame.low, (uintptr_t)words);
    return frame;
}

FUNCTION(plain, "");
FUNCTION(pushed, ".cfi_adjust_cfa_offset 8\n .cfi_rel_offset rbx, 0\n");
FUNCTION(other_base, ".cfi_def_cfa r12, 24\n");
FUNCTION(other_register, ".cfi_def_cfa_register rbp\n .cfi_def_cfa_offset 32\n");
FUNCTION(far_away, ".skip 50\n .skip 300\n .cfi_def_cfa_offset 16\n .skip 60000\n far_away_middle:\n "
                   ".skip 10000\n .cfi_def_cfa_offset 24\n");
FUNCTION(remembered, ".cfi_def_cfa_offset 32\n .cfi_offset r12, -24\n .cfi_remember_state\n nop\n"
                     ".cfi_def_cfa_offset 64\n .cfi_same_value r12\n .cfi_remember_state\n nop\n"
                     ".cfi_def_cfa_offset 128\n .cfi_restore_state\n nop\n .cfi_restore_state\n");
FUNCTION(restored, ".cfi_offset rbx, -16\n .cfi_offset r14, -16\n nop\n .cfi_restore rbx\n");
FUNCTION(in_register, ".cfi_register rbx, r13\n .cfi_undefined r14\n .cfi_same_value r15\n");
FUNCTION(value_offset, ".cfi_escape 0x14, 3, 2\n");
FUNCTION(begins, ".cfi_undefined rip\n");
/* def_cfa_expression: breg7 (rsp) 40 */
FUNCTION(by_expression, ".cfi_escape 0x0f, 2, 0x77, 40\n");
/* expression for rbx: breg7 8; val_expression for r12: const1u 99; both begin
 * with the CFA on the stack. And the sizes of arguments, which say nothing. */
FUNCTION(saved_by_expression, ".cfi_escape 0x10, 3, 2, 0x77, 8\n .cfi_escape 0x16, 12, 2, 0x08, 99\n"
                              ".cfi_escape 0x16, 13, 0\n .cfi_escape 0x2e, 16\n");
/* The forms with a sign, and the extended ones: offset_extended_sf rbx 3
 * (times -8), def_cfa_sf rsp -4 (times -8), offset_extended r13 2,
 * val_offset_sf r14 2. */
FUNCTION(with_sign, ".cfi_escape 0x11, 3, 3\n .cfi_escape 0x12, 7, 0x7c\n .cfi_escape 0x05, 13, 2\n"
                    ".cfi_escape 0x15, 14, 2\n");
/* def_cfa_offset_sf -2 (times -8); restore_extended r13 */
FUNCTION(offset_with_sign, ".cfi_escape 0x05, 13, 2\n .cfi_escape 0x13, 0x7e\n .cfi_escape 0x06, 13\n");
/* Registers that we do not keep, as vector code saves them: rules for them
 * change nothing. */
FUNCTION(vector, ".cfi_escape 0x05, 20, 2\n .cfi_escape 0x10, 33, 2, 0x77, 8\n");

START_TEST(rules_are_followed)
{
    struct sg_cfi_frame frame = ck_step(plain_at, SP + 1);
    for (unsigned i = 0; i < SG_CFI_RETURN; i++)
        if (i != SG_CFI_SP)
            ck_assert_uint_eq(frame.reg[i], 0x700 + i);
    ck_assert_uint_eq(ck_step(pushed_at, SP + 2).reg[3], 0x1000 + SP);
    ck_step(far_away_at, SP + 3);
    ck_step(far_away_middle, SP + 2);
    ck_step(far_away_begin + 20, SP + 1);
    ck_assert_uint_eq(ck_step(remembered_at, SP + 4).reg[12], 0x1000 + SP + 1);
    frame = ck_step(restored_at, SP + 1);
    ck_assert_uint_eq(frame.reg[3], 0x703);
    ck_assert_uint_eq(frame.reg[14], 0x1000 + SP - 1);
    frame = ck_step(in_register_at, SP + 1);
    ck_assert_uint_eq(frame.reg[3], 0x70d);
    ck_assert_uint_eq(frame.reg[15], 0x70f);
    ck_assert_uint_eq(ck_step(value_offset_at, SP + 1).reg[3], (uintptr_t)&words[SP + 1 - 2]);
}
END_TEST

START_TEST(the_base_may_be_another_register)
{
    struct sg_cfi_frame frame = frame_at(other_base_at);
    frame.reg[12] = (uintptr_t)&words[30];
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_STEPPED);
    ck_assert_uint_eq(frame.reg[SG_CFI_SP], (uintptr_t)&words[33]);
    ck_assert_uint_eq(frame.pc, 0x1000 + 32);
    frame = frame_at(other_register_at);
    frame.reg[SG_CFI_FP] = (uintptr_t)&words[40];
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_STEPPED);
    ck_assert_uint_eq(frame.reg[SG_CFI_SP], (uintptr_t)&words[44]);
    /* A base that leads out of the stack, or down. */
    ck_unknown(other_base_at);
    frame = frame_at(other_register_at);
    frame.reg[SG_CFI_FP] = (uintptr_t)&words[2];
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_UNKNOWN);
}
END_TEST

START_TEST(expressions_and_signs_are_followed)
{
    ck_step(by_expression_at, SP + 5);
    struct sg_cfi_frame frame = ck_step(saved_by_expression_at, SP + 1);
    ck_assert_uint_eq(frame.reg[3], 0x1000 + SP + 1);
    ck_assert_uint_eq(frame.reg[12], 99);
    ck_assert_uint_eq(frame.reg[13], (uintptr_t)&words[SP + 1]);
    frame = ck_step(with_sign_at, SP + 4);
    ck_assert_uint_eq(frame.reg[3], 0x1000 + SP + 1);
    ck_assert_uint_eq(frame.reg[13], 0x1000 + SP + 2);
    ck_assert_uint_eq(frame.reg[14], (uintptr_t)&words[SP + 2]);
    frame = ck_step(offset_with_sign_at, SP + 2);
    ck_assert_uint_eq(frame.reg[13], 0x70d);
    ck_step(vector_at, SP + 1);
}
END_TEST

/* A register window, which this processor does not have; the linker knows it,
 * and would make no table at all of a code that it does not know. */
FUNCTION(bad_code, ".cfi_escape 0x2d\n");
FUNCTION(bad_operation, ".cfi_escape 0x0f, 1, 0xe0\n");
FUNCTION(empty_expression, ".cfi_escape 0x0f, 0\n");
FUNCTION(bad_base, ".cfi_escape 0x0c, 50, 8\n");
FUNCTION(bad_register, ".cfi_escape 0x09, 3, 50\n");
FUNCTION(nothing_remembered, ".cfi_escape 0x0b\n");
FUNCTION(remembered_often, ".cfi_escape 0x0a\n .cfi_escape 0x0a\n .cfi_escape 0x0a\n");
FUNCTION(saved_outside, ".cfi_escape 0x10, 3, 3, 0x77, 0x80, 0x08\n"); /* at rsp + 1024 */
FUNCTION(base_below, ".cfi_escape 0x12, 7, 4\n");

START_TEST(what_is_not_understood_is_unknown)
{
    ck_unknown(bad_code_at);
    ck_unknown(bad_operation_at);
    ck_unknown(empty_expression_at);
    ck_unknown(bad_base_at);
    ck_unknown(bad_register_at);
    ck_unknown(nothing_remembered_at);
    ck_unknown(remembered_often_at);
    ck_unknown(saved_outside_at);
    ck_unknown(base_below_at);
    /* Before the rule that is not understood, all is well. */
    ck_step(bad_operation_begin, SP + 1);
}
END_TEST

START_TEST(the_start_of_a_thread_is_known)
{
    struct sg_cfi_frame frame = frame_at(begins_at);
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_START);
    /* And so is a caller of 0, which some put there to say so. */
    frame = frame_at(plain_at);
    words[SP] = 0;
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_START);
    ck_assert_uint_eq(frame.pc, (uintptr_t)plain_at);
}
END_TEST

START_TEST(only_the_stack_is_read)
{
    struct sg_cfi_frame frame = frame_at(plain_at);
    frame.high = (uintptr_t)&words[SP];
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_UNKNOWN);
    frame.high = (uintptr_t)&words[SP + 1] - 1;
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_UNKNOWN);
    frame.high = (uintptr_t)&words[SP + 1];
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_STEPPED);
    frame = frame_at(plain_at);
    frame.low = (uintptr_t)&words[SP + 1];
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_UNKNOWN);
    frame = frame_at(plain_at);
    frame.reg[SG_CFI_SP] += 4;
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_UNKNOWN);
}
END_TEST

/* After a call the return address may be the first byte of what follows; an
 * interrupted instruction is where it is. */
START_TEST(a_return_address_belongs_to_the_call_before_it)
{
    struct sg_cfi_frame frame = frame_at(pushed_at);
    frame.is_interrupted = false;
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_STEPPED);
    ck_assert_uint_eq(frame.reg[SG_CFI_SP], (uintptr_t)&words[SP + 1]);
    frame = frame_at(pushed_at + 1);
    frame.is_interrupted = false;
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_STEPPED);
    ck_assert_uint_eq(frame.reg[SG_CFI_SP], (uintptr_t)&words[SP + 2]);
}
END_TEST

/* A signal's frame: what it interrupted lies wherever it was. */
__asm__(".text\nsignal_begin:\n .cfi_startproc\n .cfi_signal_frame\n nop\n"
        " .cfi_def_cfa rsp, 0\n .cfi_escape 0x16, 7, 2, 0x77, 0x40\n" /* rsp is rsp - 64 */
        " .cfi_offset rip, 16\nsignal_at:\n nop\n .cfi_endproc\n");
extern const char signal_at[];

START_TEST(a_signal_may_have_switched_stacks)
{
    struct sg_cfi_frame frame = frame_at(signal_at);
    ck_assert_int_eq(sg_cfi_step(&frame), SG_CFI_STEPPED);
    ck_assert(frame.is_interrupted);
    ck_assert_uint_eq(frame.reg[SG_CFI_SP], (uintptr_t)&words[SP - 8]);
    ck_assert_uint_eq(frame.pc, 0x1000 + SP + 2);
}
END_TEST

#define ONLY_X86                                                                                             \
    , rules_are_followed, the_base_may_be_another_register, expressions_and_signs_are_followed,              \
        what_is_not_understood_is_unknown, the_start_of_a_thread_is_known, only_the_stack_is_read,           \
        a_return_address_belongs_to_the_call_before_it, a_signal_may_have_switched_stacks
#else
#define ONLY_X86
#endif

TESTING_MAIN("cfi", an_address_without_rules_is_unknown, the_start_of_the_program_is_known ONLY_X86)
