/* Reading DWARF's encodings and evaluating its expressions, as far as call
 * frame information uses them (DWARF 5, sections 2.5 and 7.6; LSB 10.5 for
 * the pointer encodings).
 *
 * Layer:   2
 * Threads: any, also signal handlers.
 * Memory:  none.
 * Fails:   a read beyond the end or an unknown code sets `is_bad`; values read
 *          after that are 0.
 */
#ifndef SG_DWARF_H
#define SG_DWARF_H

#include "base.h"

struct sg_dwarf {
    const uint8_t *at;
    const uint8_t *end;
    bool is_bad;
};

#define SG_DWARF_ABSOLUTE 0x00 /* DW_EH_PE_absptr */
#define SG_DWARF_TABLE 0x3b    /* DW_EH_PE_datarel | DW_EH_PE_sdata4 */

uint8_t sg_dwarf_u8(struct sg_dwarf *in);
uint16_t sg_dwarf_u16(struct sg_dwarf *in);
uint32_t sg_dwarf_u32(struct sg_dwarf *in);
uint64_t sg_dwarf_u64(struct sg_dwarf *in);
uint64_t sg_dwarf_unsigned(struct sg_dwarf *in); /* ULEB128 */
int64_t sg_dwarf_signed(struct sg_dwarf *in);    /* SLEB128 */
void sg_dwarf_skip(struct sg_dwarf *in, uint64_t bytes);

/* An address in one of the DW_EH_PE encodings; `data` is the base of the
 * data-relative ones. */
uintptr_t sg_dwarf_encoded(struct sg_dwarf *in, uint8_t encoding, uintptr_t data);

/* The body of the CIE or FDE that starts at `entry`, without its length. It is bad
 * where it leads to `end` or beyond, or is longer than any compiler writes. */
struct sg_dwarf sg_dwarf_entry(const uint8_t *entry, const uint8_t *end);

/* The next `size` bytes, as something to read by itself; `in` goes on after them. */
struct sg_dwarf sg_dwarf_part(struct sg_dwarf *in, uint64_t size);

/* A text that ends with 0; the empty one where none does. */
const char *sg_dwarf_text(struct sg_dwarf *in);

/* Reads a word of the stack, if it lies within [low, high). */
static inline bool sg_dwarf_load(uintptr_t address, uintptr_t low, uintptr_t high, uintptr_t *value)
{
    if (address < low || address >= high || high - address < sizeof *value || address % sizeof *value)
        return false;
    __builtin_memcpy(value, (const void *)address, sizeof *value); /* NOLINT: 0 is below `low` */
    return true;
}

/* Evaluates the expression `in` over the registers. `initial` is pushed first,
 * if it is not NULL. Returns false for an operation that it does not know. */
bool sg_dwarf_evaluate(struct sg_dwarf in, const uintptr_t *reg, unsigned n_reg, uintptr_t low,
                       uintptr_t high, const uintptr_t *initial, uintptr_t *value);

#endif
