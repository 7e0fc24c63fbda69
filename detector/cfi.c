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

/* A factored offset. Damaged ones may be as large as they like. */
static int64_t scale(const struct program *program, uint64_t factor)
{
    return (int64_t)(factor * (uint64_t)program->data_align);
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

/* Of a CFA that is an expression there is no offset to change. */
static void set_cfa_offset(struct program *program, int64_t offset, struct sg_dwarf *in)
{
    if (program->row.cfa.how == IS_OFFSET)
        program->row.cfa.offset = offset;
    else
        in->is_bad = true;
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
        set_offset(program, reg, AT_OFFSET, scale(program, sg_dwarf_unsigned(in)));
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
        reg = sg_dwarf_unsigned(in);
        if (program->row.cfa.how == IS_OFFSET)
            set_cfa(program, reg, program->row.cfa.offset, in);
        else
            in->is_bad = true;
        break;
    case 0x0e: /* def_cfa_offset */
        set_cfa_offset(program, (int64_t)sg_dwarf_unsigned(in), in);
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
        set_offset(program, reg, AT_OFFSET, scale(program, (uint64_t)sg_dwarf_signed(in)));
        break;
    case 0x12: /* def_cfa_sf */
        reg = sg_dwarf_unsigned(in);
        set_cfa(program, reg, scale(program, (uint64_t)sg_dwarf_signed(in)), in);
        break;
    case 0x13: /* def_cfa_offset_sf */
        set_cfa_offset(program, scale(program, (uint64_t)sg_dwarf_signed(in)), in);
        break;
    case 0x14: /* val_offset */
        reg = sg_dwarf_unsigned(in);
        set_offset(program, reg, IS_OFFSET, scale(program, sg_dwarf_unsigned(in)));
        break;
    case 0x15: /* val_offset_sf */
        reg = sg_dwarf_unsigned(in);
        set_offset(program, reg, IS_OFFSET, scale(program, (uint64_t)sg_dwarf_signed(in)));
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
            set_offset(program, low, AT_OFFSET, scale(program, sg_dwarf_unsigned(&in)));
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
    uint32_t id = sg_dwarf_u32(in);
    uint8_t version = sg_dwarf_u8(in);
    const char *augmentation = sg_dwarf_text(in);
    program->code_align = sg_dwarf_unsigned(in);
    program->data_align = sg_dwarf_signed(in);
    uint64_t return_register = version == 1 ? sg_dwarf_u8(in) : sg_dwarf_unsigned(in);
    program->encoding = SG_DWARF_ABSOLUTE;
    if (id != 0 || (version != 1 && version != 3) || return_register != SG_CFI_RETURN ||
        augmentation[0] != 'z')
        return false;
    struct sg_dwarf data = sg_dwarf_part(in, sg_dwarf_unsigned(in));
    for (const char *letter = augmentation + 1; *letter; letter++) {
        if (*letter == 'R')
            program->encoding = sg_dwarf_u8(&data);
        else if (*letter == 'P') {
            uint8_t encoding = sg_dwarf_u8(&data);
            (void)sg_dwarf_encoded(&data, encoding & 0x7f, 0);
        } else if (*letter == 'L')
            (void)sg_dwarf_u8(&data);
        else if (*letter == 'S')
            program->is_signal = true;
        else if (*letter != 'B' && *letter != 'G')
            return false;
    }
    return !in->is_bad && !data.is_bad;
}

/* The tables of one object. Everything in them may be damaged and lead anywhere:
 * nothing is read but what lies in `part`. */
struct tables {
    struct sg_object object;
    struct sg_part part;
};

/* Moves to the part in which `size` bytes at `address` lie. */
static bool reach(struct tables *tables, uintptr_t address, size_t size)
{
    struct sg_part *part = &tables->part;
    if (address < part->low || address >= part->high || part->high - address < size)
        if (!sg_object_part(&tables->object, address, part))
            return false;
    return part->high - address >= size;
}

static struct sg_dwarf entry_at(struct tables *tables, uintptr_t address)
{
    if (!reach(tables, address, sizeof(uint32_t)))
        return (struct sg_dwarf){.is_bad = true};
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    return sg_dwarf_entry((const uint8_t *)address, (const uint8_t *)tables->part.high);
}

/* An entry of the sorted table of .eh_frame_hdr: both count from the header on. */
struct sorted {
    int32_t start, fde;
};

#define HEADER 4U /* bytes; two numbers and the sorted table follow */

/* Where the sorted table is. What its count says is checked against the room there is. */
static bool find_table(struct tables *tables, uintptr_t *table, uintptr_t *count)
{
    uintptr_t at = (uintptr_t)tables->object.eh_frame_hdr;
    if (!reach(tables, at, HEADER))
        return false;
    const uint8_t *header = tables->object.eh_frame_hdr;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    struct sg_dwarf in = {.at = header + HEADER, .end = (const uint8_t *)tables->part.high};
    if (header[0] != 1 || header[3] != SG_DWARF_TABLE)
        return false;
    (void)sg_dwarf_encoded(&in, header[1], at);
    *count = sg_dwarf_encoded(&in, header[2], at);
    *table = (uintptr_t)in.at;
    return !in.is_bad && *count > 0 && *count <= (tables->object.end - *table) / sizeof(struct sorted);
}

static bool read_sorted(struct tables *tables, uintptr_t table, uintptr_t index, struct sorted *entry)
{
    uintptr_t at = table + index * sizeof *entry;
    if (!reach(tables, at, sizeof *entry))
        return false;
    memcpy(entry, (const void *)at, sizeof *entry); /* NOLINT(performance-no-int-to-ptr) */
    return true;
}

/* Finds in the sorted table the function that may cover `pc`, and its FDE. */
static bool find_fde(struct tables *tables, uintptr_t pc, uintptr_t *start, uintptr_t *fde)
{
    uintptr_t header = (uintptr_t)tables->object.eh_frame_hdr;
    uintptr_t table;
    uintptr_t count;
    struct sorted entry;
    if (!find_table(tables, &table, &count))
        return false;
    intptr_t wanted = (intptr_t)(pc - header);
    uintptr_t low = 0;
    for (uintptr_t high = count; high - low > 1;) {
        uintptr_t middle = low + (high - low) / 2;
        if (!read_sorted(tables, table, middle, &entry))
            return false;
        if (entry.start <= wanted)
            low = middle;
        else
            high = middle;
    }
    if (!read_sorted(tables, table, low, &entry) || entry.start > wanted)
        return false;
    *start = header + (uintptr_t)(intptr_t)entry.start;
    *fde = header + (uintptr_t)(intptr_t)entry.fde;
    return true;
}

static void clear(struct program *program)
{
    memset(program, 0, offsetof(struct program, remembered));
    program->n_remembered = 0;
}

/* Fills in the row that holds at `pc`. */
static bool find_row(struct program *program, uintptr_t pc)
{
    struct tables tables = {0};
    uintptr_t listed;
    uintptr_t fde;
    if (!sg_object_find(pc, &tables.object) || !tables.object.eh_frame_hdr)
        return false;
    (void)sg_object_find_parts(&tables.object);
    if (!find_fde(&tables, pc, &listed, &fde))
        return false;
    struct sg_dwarf in = entry_at(&tables, fde);
    uintptr_t back = (uintptr_t)in.at;
    struct sg_dwarf cie = entry_at(&tables, back - sg_dwarf_u32(&in));
    if (in.is_bad || !read_cie(program, &cie))
        return false;
    uintptr_t start = sg_dwarf_encoded(&in, program->encoding, 0);
    uintptr_t size = sg_dwarf_encoded(&in, program->encoding & 0x0f, 0);
    /* Linkers list each FDE by its own start: else one of the two is damaged. */
    if (in.is_bad || start != listed || pc - start >= size)
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
    /* Only a signal may have switched stacks; elsewhere callers lie above. Nobody
     * called himself from where he is. */
    if (caller.reg[SG_CFI_SP] == frame->reg[SG_CFI_SP] && caller.pc == frame->pc)
        return SG_CFI_UNKNOWN;
    if (!program.is_signal && caller.reg[SG_CFI_SP] < frame->reg[SG_CFI_SP])
        return SG_CFI_UNKNOWN;
    *frame = caller;
    return SG_CFI_STEPPED;
}
