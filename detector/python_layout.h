/* Where the fields of an interpreter's objects lie: by its version up to 3.12, and from
 * 3.13 on as it says itself.
 *
 * Layer:   4
 * Threads: found out in the constructor, then only read.
 * Memory:  static.
 * Fails:   says why what lies where is not known.
 */
#ifndef SG_PYTHON_LAYOUT_H
#define SG_PYTHON_LAYOUT_H

#include "layout.h"

/* In bytes. */
struct sg_python_fields {
    uint16_t thread_frame; /* in a thread's state: the innermost frame, or the record of it on the stack */
    uint16_t thread_base;  /* 3.15: the frame below all others, which runs nothing; before there is none */
    bool is_record;        /* 3.11 and 3.12: struct _PyCFrame */
    uint16_t record_frame, record_previous;
    uint16_t code, previous, instruction, owner, locals;
    uint16_t is_entry; /* 3.11: the first frame of its call; later the call has a frame of its own */
    uint16_t filename, qualname, linetable, first_line, first_traceable, instructions;
    uint16_t ascii; /* size of the head of a text of ASCII characters */
    uint16_t compact;
    uint16_t tags; /* bits of a reference in a frame that are no part of the address */
};

#define SG_PYTHON_OWNED_BY_GENERATOR 1U
#define SG_PYTHON_OWNED_BY_INTERPRETER 3U /* that, or more: it runs nothing, and marks a call from C */

/* Of 3.11 and 3.12; the same on x86-64 and aarch64. */
static const struct sg_python_fields sg_python_layouts[] = {
    {.thread_frame = 56,
     .is_record = true,
     .record_frame = 8,
     .record_previous = 16,
     .code = 32,
     .previous = 48,
     .instruction = 56,
     .owner = 69,
     .locals = 72,
     .is_entry = 68,
     .filename = 112,
     .qualname = 128,
     .linetable = 136,
     .first_line = 72,
     .first_traceable = 168,
     .instructions = 184,
     .ascii = 48,
     .compact = 72}, /* 3.11 */
    {.thread_frame = 56,
     .is_record = true,
     .record_frame = 0,
     .record_previous = 8,
     .code = 0,
     .previous = 8,
     .instruction = 56,
     .owner = 70,
     .locals = 72,
     .filename = 112,
     .qualname = 128,
     .linetable = 136,
     .first_line = 68,
     .first_traceable = 176,
     .instructions = 192,
     .ascii = 40,
     .compact = 56}, /* 3.12 */
};

extern struct sg_python_fields sg_python_fields; /* of the interpreter that is there */
extern unsigned sg_python_version;               /* 0x030b is 3.11 */

/* Finds out where the fields lie in an interpreter of this version, as PY_VERSION_HEX has
 * it. What it says of itself stands at the beginning of _PyRuntime; NULL: it does not. */
enum sg_python_unread sg_python_layout_find(unsigned long version, const void *runtime,
                                            struct sg_python_fields *fields);

/* Of any object, and of texts and bytes: these have not changed since 3.11. */
#define SG_PYTHON_TYPE 8U
#define SG_PYTHON_TEXT_LENGTH 16U
#define SG_PYTHON_TEXT_STATE 32U
#define SG_PYTHON_BYTES_LENGTH 16U
#define SG_PYTHON_BYTES_BEGIN 32U

static inline uintptr_t sg_python_word(uintptr_t address, unsigned offset)
{
    return *(const uintptr_t *)(address + offset); /* NOLINT(performance-no-int-to-ptr) */
}

/* The object that a reference in a frame leads to, 0 if it is none: the lowest bit says that
 * it is not counted, the second one that it is no reference at all. */
static inline uintptr_t sg_python_reference(const struct sg_python_fields *fields, uintptr_t word)
{
    uintptr_t tag = word & fields->tags;
    return tag & 2 ? 0 : word - tag;
}

static inline uint8_t sg_python_byte(uintptr_t address, unsigned offset)
{
    return *(const uint8_t *)(address + offset); /* NOLINT(performance-no-int-to-ptr) */
}

#endif
