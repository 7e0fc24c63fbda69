#include "cfi.h"
#include "dwarf.h"
#include "object.h"

#include <string.h>

enum how { SAME, UNDEFINED, AT_OFFSET, IS_OFFSET, IN_REGISTER, AT_EXPRESSION, IS_EXPRESSION };

struct rule {
    enum how how;
    uint8_t reg;
    union {
        int64_t offset;
        const uint8_t *expression;
    };
};

struct row {
    struct rule cfa; /* IS_OFFSET from a register, or IS_EXPRESSION */
    struct rule reg[SG_CFI_REGISTERS];
};

#define REMEMBERED 2

/* The state of one run of a call frame program. */
struct program {
    uint64_t code_align;
    int64_t data_align;
    uint8_t encoding; /* of the addresses in the FDE */
    bool is_signal;
    uintptr_t start, location;
    struct row row, initial, remembered[REMEMBERED];
    unsigned n_remembered;
};

static void set_offset(struct program *program, uint64_t reg, enum how how, int64_t offset)
{
    if (reg < SG_CFI_REGISTERS)
        program->row.reg[reg] = (struct rule){.how = how, .offset = offset};
}

static void set_expression(struct program *program, uint64_t reg, enum how how, struct sg_dwarf *in)
{
    const uint8_t *expression = in->at;
    sg_dwarf_skip(in, sg_dwarf_unsigned(in));
    if (reg < SG_CFI_REGISTERS)
        program->row.reg[reg] = (struct rule){.how = how, .expression = expression};
}

static void set_cfa(struct program *program, uint64_t reg, int64_t offset, struct sg_dwarf *in)
{
    if (reg >= SG_CFI_REGISTERS)
        in->is_bad = true;
    else
        program->row.cfa = (struct rule){.how = IS_OFFSET, .reg = (uint8_t)reg, .offset = offset};
}

/* The call frame instructions whose two high bits are zero. */
static void run_extended(struct program *program, uint8_t code, struct sg_dwarf *in)
{
    uint64_t reg = 0;
    switch (code) {
    case 0x00: /* nop */
        break;
    case 0x01: /* set_loc */
        program->location = sg_dwarf_encoded(in, program->encoding, 0);
        break;
    case 0x02: /* advance_loc1 */
        program->location += sg_dwarf_u8(in) * program->code_align;
        break;
    case 0x03: /* advance_loc2 */
        program->location += sg_dwarf_u16(in) * program->code_align;
        break;
    case 0x04: /* advance_loc4 */
        program->location += sg_dwarf_u32(in) * program->code_align;
        break;
    case 0x05: /* offset_extended */
        reg = sg_dwarf_unsigned(in);
        set_offset(program, reg, AT_OFFSET, (int64_t)sg_dwarf_unsigned(in) * program->data_align);
        break;
    case 0x06: /* restore_extended */
        reg = sg_dwarf_unsigned(in);
        if (reg < SG_CFI_REGISTERS)
            program->row.reg[reg] = program->initial.reg[reg];
        break;
    case 0x07: /* undefined */
        set_offset(program, sg_dwarf_unsigned(in), UNDEFINED, 0);
        break;
    case 0x08: /* same_value */
        set_offset(program, sg_dwarf_unsigned(in), SAME, 0);
        break;
    case 0x09: /* register */
        reg = sg_dwarf_unsigned(in);
        set_offset(program, reg, IN_REGISTER, (int64_t)sg_dwarf_unsigned(in));
        break;
    case 0x0a: /* remember_state */
        if (program->n_remembered == REMEMBERED)
            in->is_bad = true;
        else
            program->remembered[program->n_remembered++] = program->row;
        break;
    case 0x0b: /* restore_state */
        if (program->n_remembered == 0)
            in->is_bad = true;
        else
            program->row = program->remembered[--program->n_remembered];
        break;
    case 0x0c: /* def_cfa */
        reg = sg_dwarf_unsigned(in);
        set_cfa(program, reg, (int64_t)sg_dwarf_unsigned(in), in);
        break;
    case 0x0d: /* def_cfa_register */
        set_cfa(program, sg_dwarf_unsigned(in), program->row.cfa.offset, in);
        break;
    case 0x0e: /* def_cfa_offset */
        program->row.cfa.offset = (int64_t)sg_dwarf_unsigned(in);
        break;
    case 0x0f: /* def_cfa_expression */
        program->row.cfa = (struct rule){.how = IS_EXPRESSION, .expression = in->at};
        sg_dwarf_skip(in, sg_dwarf_unsigned(in));
        break;
    case 0x10: /* expression */
        set_expression(program, sg_dwarf_unsigned(in), AT_EXPRESSION, in);
        break;
    case 0x11: /* offset_extended_sf */
        reg = sg_dwarf_unsigned(in);
        set_offset(program, reg, AT_OFFSET, sg_dwarf_signed(in) * program->data_align);
        break;
    case 0x12: /* def_cfa_sf */
        reg = sg_dwarf_unsigned(in);
        set_cfa(program, reg, sg_dwarf_signed(in) * program->data_align, in);
        break;
    case 0x13: /* def_cfa_offset_sf */
        program->row.cfa.offset = sg_dwarf_signed(in) * program->data_align;
        break;
    case 0x14: /* val_offset */
        reg = sg_dwarf_unsigned(in);
        set_offset(program, reg, IS_OFFSET, (int64_t)sg_dwarf_unsigned(in) * program->data_align);
        break;
    case 0x15: /* val_offset_sf */
        reg = sg_dwarf_unsigned(in);
        set_offset(program, reg, IS_OFFSET, sg_dwarf_signed(in) * program->data_align);
        break;
    case 0x16: /* val_expression */
        set_expression(program, sg_dwarf_unsigned(in), IS_EXPRESSION, in);
        break;
#if defined(__aarch64__)
    case 0x2d: /* negate_ra_state: the signature is stripped from every return address */
        break;
#endif
    case 0x2e: /* GNU_args_size */
        (void)sg_dwarf_unsigned(in);
        break;
    default:
        in->is_bad = true;
    }
}

/* Runs the instructions up to the one that takes effect after `pc`. */
static bool run(struct program *program, struct sg_dwarf in, uintptr_t pc)
{
    while (in.at < in.end && !in.is_bad) {
        uint8_t code = sg_dwarf_u8(&in);
        uint8_t low = code & 0x3f;
        switch (code >> 6) {
        case 1: /* advance_loc */
            program->location += low * program->code_align;
            break;
        case 2: /* offset */
            set_offset(program, low, AT_OFFSET, (int64_t)sg_dwarf_unsigned(&in) * program->data_align);
            break;
        case 3: /* restore */
            if (low < SG_CFI_REGISTERS)
                program->row.reg[low] = program->initial.reg[low];
            break;
        default:
            run_extended(program, code, &in);
        }
        if (program->location > pc)
            return !in.is_bad;
    }
    return !in.is_bad;
}

/* Reads the common part that FDEs share; leaves `in` at its instructions. */
static bool read_cie(struct program *program, struct sg_dwarf *in)
{
    uint8_t version = sg_dwarf_u8(in);
    const char *augmentation = (const char *)in->at;
    sg_dwarf_skip(in, strlen(augmentation) + 1);
    program->code_align = sg_dwarf_unsigned(in);
    program->data_align = sg_dwarf_signed(in);
    uint64_t return_register = version == 1 ? sg_dwarf_u8(in) : sg_dwarf_unsigned(in);
    program->encoding = SG_DWARF_ABSOLUTE;
    if (return_register != SG_CFI_RETURN || augmentation[0] != 'z')
        return false;
    uint64_t size = sg_dwarf_unsigned(in);
    const uint8_t *instructions = in->at + size;
    for (const char *letter = augmentation + 1; *letter; letter++) {
        if (*letter == 'R')
            program->encoding = sg_dwarf_u8(in);
        else if (*letter == 'P') {
            uint8_t encoding = sg_dwarf_u8(in);
            (void)sg_dwarf_encoded(in, encoding & 0x7f, 0);
        } else if (*letter == 'L')
            (void)sg_dwarf_u8(in);
        else if (*letter == 'S')
            program->is_signal = true;
        else if (*letter != 'B' && *letter != 'G')
            return false;
    }
    in->at = instructions;
    return !in->is_bad;
}

/* Finds in the sorted table of .eh_frame_hdr the FDE that may cover `pc`. */
static const uint8_t *find_fde(const uint8_t *header, uintptr_t pc)
{
    struct sg_dwarf in = {.at = header + 4, .end = header + 64};
    if (header[0] != 1 || header[3] != SG_DWARF_TABLE)
        return NULL;
    (void)sg_dwarf_encoded(&in, header[1], (uintptr_t)header);
    uintptr_t count = sg_dwarf_encoded(&in, header[2], (uintptr_t)header);
    const struct {
        int32_t start, fde; /* both from the header on */
    } *table = (const void *)in.at;
    intptr_t wanted = (intptr_t)(pc - (uintptr_t)header);
    if (in.is_bad || count == 0 || wanted < table[0].start)
        return NULL;
    size_t low = 0;
    for (size_t high = count; high - low > 1;) {
        size_t middle = low + (high - low) / 2;
        if (table[middle].start <= wanted)
            low = middle;
        else
            high = middle;
    }
    return header + table[low].fde;
}

static void clear(struct program *program)
{
    memset(program, 0, offsetof(struct program, remembered));
    program->n_remembered = 0;
}

/* Fills in the row that holds at `pc`. */
static bool find_row(struct program *program, uintptr_t pc)
{
    struct sg_object object;
    if (!sg_object_find(pc, &object) || !object.eh_frame_hdr)
        return false;
    const uint8_t *fde = find_fde(object.eh_frame_hdr, pc);
    if (!fde)
        return false;
    struct sg_dwarf in = sg_dwarf_entry(fde);
    const uint8_t *cie_place = in.at;
    struct sg_dwarf cie = sg_dwarf_entry(cie_place - sg_dwarf_u32(&in));
    (void)sg_dwarf_u32(&cie);
    if (in.is_bad || !read_cie(program, &cie))
        return false;
    uintptr_t start = sg_dwarf_encoded(&in, program->encoding, 0);
    uintptr_t size = sg_dwarf_encoded(&in, program->encoding & 0x0f, 0);
    if (in.is_bad || pc - start >= size)
        return false;
    sg_dwarf_skip(&in, sg_dwarf_unsigned(&in));
    program->start = program->location = start;
    if (!run(program, cie, UINTPTR_MAX))
        return false;
    program->initial = program->row;
    return run(program, in, pc);
}

/* The row of a frame that a call will return to. The call lies before the
 * return address, which may be the first byte of the next function. Where there
 * is nothing before a function, nobody called from there: its address was put
 * on the stack by hand, and a coroutine begins (makecontext(3)). */
static bool find_caller(struct program *program, uintptr_t pc)
{
    if (find_row(program, pc - 1))
        return true;
    clear(program);
    if (!find_row(program, pc) || program->start != pc)
        return false;
    program->row.reg[SG_CFI_RETURN].how = UNDEFINED;
    return true;
}

static bool is_near(int64_t offset) { return offset >= INT32_MIN && offset <= INT32_MAX; }

bool sg_cfi_find_rule(uintptr_t pc, struct sg_cfi_rule *rule)
{
    struct program program;
    clear(&program);
    if (!find_caller(&program, pc) || program.is_signal)
        return false;
    const struct rule *cfa = &program.row.cfa;
    const struct rule *ra = &program.row.reg[SG_CFI_RETURN];
    const struct rule *fp = &program.row.reg[SG_CFI_FP];
    *rule = (struct sg_cfi_rule){.is_start = ra->how == UNDEFINED};
    if (rule->is_start)
        return true;
    if (cfa->how != IS_OFFSET || (cfa->reg != SG_CFI_SP && cfa->reg != SG_CFI_FP) || ra->how != AT_OFFSET ||
        (fp->how != SAME && fp->how != AT_OFFSET) || program.row.reg[SG_CFI_SP].how != SAME)
        return false;
    rule->cfa = (int32_t)cfa->offset;
    rule->ra = (int32_t)ra->offset;
    rule->fp = (int32_t)fp->offset;
    rule->is_from_fp = cfa->reg == SG_CFI_FP;
    rule->is_fp_saved = fp->how == AT_OFFSET;
    return is_near(cfa->offset) && is_near(ra->offset) && is_near(fp->offset);
}

static bool evaluate(const struct sg_cfi_frame *frame, const uint8_t *expression, uintptr_t *value,
                     const uintptr_t *cfa)
{
    struct sg_dwarf in = {.at = expression, .end = expression + 16};
    uint64_t size = sg_dwarf_unsigned(&in);
    in.end = in.at + size;
    return sg_dwarf_evaluate(in, frame->reg, SG_CFI_REGISTERS, frame->low, frame->high, cfa, value);
}

static bool apply(const struct sg_cfi_frame *frame, const struct rule *rule, uintptr_t cfa, uintptr_t same,
                  uintptr_t *value)
{
    switch (rule->how) {
    case SAME:
    case UNDEFINED:
        *value = same;
        return true;
    case AT_OFFSET:
        return sg_dwarf_load(cfa + (uintptr_t)rule->offset, frame->low, frame->high, value);
    case IS_OFFSET:
        *value = cfa + (uintptr_t)rule->offset;
        return true;
    case IN_REGISTER:
        if (rule->offset < 0 || rule->offset >= SG_CFI_REGISTERS)
            return false;
        *value = frame->reg[rule->offset];
        return true;
    case AT_EXPRESSION:
        return evaluate(frame, rule->expression, value, &cfa) &&
               sg_dwarf_load(*value, frame->low, frame->high, value);
    case IS_EXPRESSION:
        return evaluate(frame, rule->expression, value, &cfa);
    }
    return false;
}

uintptr_t sg_cfi_strip(uintptr_t address)
{
#if defined(__aarch64__)
    register uintptr_t x30 __asm__("x30") = address;
    __asm__("hint 7" : "+r"(x30)); /* xpaclri; a no-op where there are no signatures */
    return x30;
#else
    return address;
#endif
}

enum sg_cfi sg_cfi_step(struct sg_cfi_frame *frame)
{
    struct program program;
    struct sg_cfi_frame caller = *frame;
    uintptr_t cfa = 0;
    clear(&program);
    if (!(frame->is_interrupted ? find_row(&program, frame->pc) : find_caller(&program, frame->pc)))
        return SG_CFI_UNKNOWN;
    const struct row *row = &program.row;
    if (row->reg[SG_CFI_RETURN].how == UNDEFINED)
        return SG_CFI_START;
    if (row->cfa.how == IS_OFFSET)
        cfa = frame->reg[row->cfa.reg] + (uintptr_t)row->cfa.offset;
    else if (row->cfa.how != IS_EXPRESSION || !evaluate(frame, row->cfa.expression, &cfa, NULL))
        return SG_CFI_UNKNOWN;
    for (unsigned i = 0; i < SG_CFI_REGISTERS; i++)
        if (!apply(frame, &row->reg[i], cfa, i == SG_CFI_SP ? cfa : frame->reg[i], &caller.reg[i]))
            return SG_CFI_UNKNOWN;
    caller.pc = sg_cfi_strip(caller.reg[SG_CFI_RETURN]);
    caller.is_interrupted = program.is_signal;
    if (caller.pc == 0)
        return SG_CFI_START;
    /* Only a signal may have switched stacks; elsewhere callers lie above. */
    if (!program.is_signal && caller.reg[SG_CFI_SP] <= frame->reg[SG_CFI_SP] && caller.pc == frame->pc)
        return SG_CFI_UNKNOWN;
    if (!program.is_signal && caller.reg[SG_CFI_SP] < frame->reg[SG_CFI_SP])
        return SG_CFI_UNKNOWN;
    *frame = caller;
    return SG_CFI_STEPPED;
}
