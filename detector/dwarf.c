#include "dwarf.h"

#include <string.h>

static bool take(struct sg_dwarf *in, void *value, size_t size)
{
    if (in->is_bad || (size_t)(in->end - in->at) < size) {
        in->is_bad = true;
        memset(value, 0, size);
        return false;
    }
    memcpy(value, in->at, size);
    in->at += size;
    return true;
}

uint8_t sg_dwarf_u8(struct sg_dwarf *in)
{
    uint8_t value;
    take(in, &value, sizeof value);
    return value;
}

uint16_t sg_dwarf_u16(struct sg_dwarf *in)
{
    uint16_t value;
    take(in, &value, sizeof value);
    return value;
}

uint32_t sg_dwarf_u32(struct sg_dwarf *in)
{
    uint32_t value;
    take(in, &value, sizeof value);
    return value;
}

uint64_t sg_dwarf_u64(struct sg_dwarf *in)
{
    uint64_t value;
    take(in, &value, sizeof value);
    return value;
}

uint64_t sg_dwarf_unsigned(struct sg_dwarf *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = sg_dwarf_u8(in);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    in->is_bad = true;
    return 0;
}

int64_t sg_dwarf_signed(struct sg_dwarf *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64;) {
        uint8_t byte = sg_dwarf_u8(in);
        value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
        if (byte & 0x80)
            continue;
        if ((byte & 0x40) && shift < 64)
            value |= UINT64_MAX << shift;
        return (int64_t)value;
    }
    in->is_bad = true;
    return 0;
}

void sg_dwarf_skip(struct sg_dwarf *in, uint64_t bytes)
{
    if (in->is_bad || bytes > (uint64_t)(in->end - in->at))
        in->is_bad = true;
    else
        in->at += bytes;
}

uintptr_t sg_dwarf_encoded(struct sg_dwarf *in, uint8_t encoding, uintptr_t data)
{
    uintptr_t here = (uintptr_t)in->at;
    uintptr_t value = 0;
    switch (encoding & 0x0f) {
    case 0x00: /* absptr */
    case 0x04: /* udata8 */
    case 0x0c: /* sdata8 */
        value = sg_dwarf_u64(in);
        break;
    case 0x01: /* uleb128 */
        value = sg_dwarf_unsigned(in);
        break;
    case 0x02: /* udata2 */
        value = sg_dwarf_u16(in);
        break;
    case 0x03: /* udata4 */
        value = sg_dwarf_u32(in);
        break;
    case 0x09: /* sleb128 */
        value = (uintptr_t)sg_dwarf_signed(in);
        break;
    case 0x0a: /* sdata2 */
        value = (uintptr_t)(intptr_t)(int16_t)sg_dwarf_u16(in);
        break;
    case 0x0b: /* sdata4 */
        value = (uintptr_t)(intptr_t)(int32_t)sg_dwarf_u32(in);
        break;
    default:
        in->is_bad = true;
    }
    switch (encoding & 0xf0) {
    case 0x00:
        return value;
    case 0x10: /* pcrel */
        return here + value;
    case 0x30: /* datarel */
        return data + value;
    default: /* text- and function-relative and indirect pointers do not occur in tables */
        in->is_bad = true;
        return 0;
    }
}

/* Each instruction of a function needs at most a few bytes: what is longer is
 * damaged, and would take long to read. */
#define ENTRY_MAX (UINT64_C(1) << 18)

struct sg_dwarf sg_dwarf_entry(const uint8_t *entry, const uint8_t *end)
{
    struct sg_dwarf in = {.at = entry, .end = end, .is_bad = entry > end};
    uint64_t length = sg_dwarf_u32(&in);
    if (length == UINT32_MAX)
        length = sg_dwarf_u64(&in);
    if (length > ENTRY_MAX)
        in.is_bad = true;
    return sg_dwarf_part(&in, length);
}

struct sg_dwarf sg_dwarf_part(struct sg_dwarf *in, uint64_t size)
{
    struct sg_dwarf part = *in;
    sg_dwarf_skip(in, size);
    part.end = in->at;
    part.is_bad = in->is_bad;
    return part;
}

const char *sg_dwarf_text(struct sg_dwarf *in)
{
    const uint8_t *text = in->at;
    const uint8_t *end = in->is_bad ? NULL : memchr(text, 0, (size_t)(in->end - text));
    if (!end) {
        in->is_bad = true;
        return "";
    }
    in->at = end + 1;
    return (const char *)text;
}

#define EXPRESSION_STACK 8

struct machine {
    uintptr_t stack[EXPRESSION_STACK];
    unsigned depth;
    const uintptr_t *reg;
    unsigned n_reg;
    uintptr_t low, high;
};

static void push(struct machine *machine, struct sg_dwarf *in, uintptr_t value)
{
    if (machine->depth == EXPRESSION_STACK)
        in->is_bad = true;
    else
        machine->stack[machine->depth++] = value;
}

static uintptr_t pop(struct machine *machine, struct sg_dwarf *in)
{
    if (machine->depth == 0) {
        in->is_bad = true;
        return 0;
    }
    return machine->stack[--machine->depth];
}

static void push_register(struct machine *machine, struct sg_dwarf *in, unsigned reg)
{
    int64_t offset = sg_dwarf_signed(in);
    if (reg >= machine->n_reg)
        in->is_bad = true;
    else
        push(machine, in, machine->reg[reg] + (uintptr_t)offset);
}

/* Operations on the two topmost values; `right` is the topmost. */
static bool combine(uint8_t code, uintptr_t left, uintptr_t right, uintptr_t *value)
{
    switch (code) {
    case 0x1a: /* and */
        *value = left & right;
        return true;
    case 0x1c: /* minus */
        *value = left - right;
        return true;
    case 0x21: /* or */
        *value = left | right;
        return true;
    case 0x22: /* plus */
        *value = left + right;
        return true;
    case 0x24: /* shl */
        *value = right < 64 ? left << right : 0;
        return true;
    case 0x25: /* shr */
        *value = right < 64 ? left >> right : 0;
        return true;
    case 0x2a: /* ge */
        *value = (intptr_t)left >= (intptr_t)right;
        return true;
    default:
        return false;
    }
}

static void operate(struct machine *machine, struct sg_dwarf *in, uint8_t code)
{
    uintptr_t value = 0;
    if (code >= 0x30 && code <= 0x4f) { /* lit0 to lit31 */
        push(machine, in, code - 0x30U);
    } else if (code >= 0x70 && code <= 0x8f) { /* breg0 to breg31 */
        push_register(machine, in, code - 0x70U);
    } else if (code == 0x06) { /* deref */
        if (!sg_dwarf_load(pop(machine, in), machine->low, machine->high, &value))
            in->is_bad = true;
        push(machine, in, value);
    } else if (code == 0x08) { /* const1u */
        push(machine, in, sg_dwarf_u8(in));
    } else if (code == 0x09) { /* const1s */
        push(machine, in, (uintptr_t)(intptr_t)(int8_t)sg_dwarf_u8(in));
    } else if (code == 0x0a) { /* const2u */
        push(machine, in, sg_dwarf_u16(in));
    } else if (code == 0x0b) { /* const2s */
        push(machine, in, (uintptr_t)(intptr_t)(int16_t)sg_dwarf_u16(in));
    } else if (code == 0x10) { /* constu */
        push(machine, in, sg_dwarf_unsigned(in));
    } else if (code == 0x11) { /* consts */
        push(machine, in, (uintptr_t)sg_dwarf_signed(in));
    } else if (code == 0x12) { /* dup */
        value = pop(machine, in);
        push(machine, in, value);
        push(machine, in, value);
    } else if (code == 0x23) { /* plus_uconst */
        value = pop(machine, in);
        push(machine, in, value + sg_dwarf_unsigned(in));
    } else {
        uintptr_t right = pop(machine, in);
        uintptr_t left = pop(machine, in);
        if (!combine(code, left, right, &value))
            in->is_bad = true;
        push(machine, in, value);
    }
}

bool sg_dwarf_evaluate(struct sg_dwarf in, const uintptr_t *reg, unsigned n_reg, uintptr_t low,
                       uintptr_t high, const uintptr_t *initial, uintptr_t *value)
{
    struct machine machine = {.reg = reg, .n_reg = n_reg, .low = low, .high = high};
    if (initial)
        push(&machine, &in, *initial);
    while (in.at < in.end && !in.is_bad)
        operate(&machine, &in, sg_dwarf_u8(&in));
    *value = pop(&machine, &in);
    return !in.is_bad;
}
