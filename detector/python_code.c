/* What a code object says of itself: names and lines.
 *
 * Layer:   6
 */
#include "python.h"
#include "python_layout.h"
#include "strings.h"
#include "sys.h"

#include <string.h>

#define PAGE 4096U
#define FILE_MAX 1024U /* bytes of a name that are kept */
#define NAME_MAX_ 256U

static bool can_read(uintptr_t address, size_t size)
{
    if (sg_sys_is_emulated)
        return address != 0;
    for (uintptr_t page = address & ~(uintptr_t)(PAGE - 1); page < address + size; page += PAGE)
        if (!sg_sys_is_readable(page))
            return false;
    return address != 0;
}

static bool is_object(uintptr_t address, const void *type, size_t size)
{
    return address % sizeof(uintptr_t) == 0 && can_read(address, size) &&
           sg_python_word(address, SG_PYTHON_TYPE) == (uintptr_t)type;
}

struct text {
    unsigned char bytes[4 + FILE_MAX + 1 + NAME_MAX_ + 4];
    size_t length;
};

static void add_character(struct text *text, uint32_t c)
{
    unsigned char *at = text->bytes + text->length;
    if (c < 0x80) {
        at[0] = (unsigned char)(c ? c : '?');
        text->length += 1;
    } else if (c < 0x800) {
        at[0] = (unsigned char)(0xc0 | c >> 6);
        at[1] = (unsigned char)(0x80 | (c & 0x3f));
        text->length += 2;
    } else if (c < 0x10000) {
        at[0] = (unsigned char)(0xe0 | c >> 12);
        at[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
        at[2] = (unsigned char)(0x80 | (c & 0x3f));
        text->length += 3;
    } else {
        at[0] = (unsigned char)(0xf0 | (c >> 18 & 7));
        at[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
        at[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
        at[3] = (unsigned char)(0x80 | (c & 0x3f));
        text->length += 4;
    }
}

static uint32_t character(uintptr_t data, unsigned width, size_t i)
{
    uint32_t c = 0;
    memcpy(&c, (const char *)data + i * width, width); /* NOLINT(performance-no-int-to-ptr) */
    return c;
}

/* Adds a text object in UTF-8, at most `max` bytes of it. */
static bool add_text(struct text *text, uintptr_t object, size_t max)
{
    if (!is_object(object, sg_python_symbols.PyUnicode_Type, sg_python_fields.compact))
        return false;
    size_t length = sg_python_word(object, SG_PYTHON_TEXT_LENGTH);
    unsigned state = (unsigned)sg_python_word(object, SG_PYTHON_TEXT_STATE);
    unsigned width = state >> 2 & 7;
    bool is_compact = state >> 5 & 1;
    bool is_ascii = state >> 6 & 1;
    uintptr_t data = object + (is_ascii ? sg_python_fields.ascii : sg_python_fields.compact);
    if (!is_compact || (width != 1 && width != 2 && width != 4) || length > SIZE_MAX / 8)
        return false;
    size_t kept = length < max ? length : max;
    if (!can_read(data + (length - kept) * width, kept * width + 1))
        return false;
    size_t end = text->length + max;
    data += (length - kept) * width; /* of a path that is too long its end says more */
    for (size_t i = 0; i < kept && text->length + 4 <= end; i++)
        add_character(text, character(data, width, i));
    return true;
}

struct table {
    const uint8_t *at, *end;
};

static unsigned next_byte(struct table *table) { return table->at < table->end ? *table->at++ : 0; }

static unsigned next_number(struct table *table)
{
    unsigned shift = 0;
    unsigned read = next_byte(table);
    unsigned value = read & 63;
    while ((read & 64) && shift < 24) {
        read = next_byte(table);
        shift += 6;
        value |= (read & 63) << shift;
    }
    return value;
}

static int next_difference(struct table *table)
{
    unsigned value = next_number(table);
    return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

/* What the kinds of an entry are called in Objects/locations.md. */
enum { ONE_LINE = 10, NO_COLUMNS = 13, LONG = 14, NO_LOCATION = 15 };

/* The line of an instruction, 0 if it has none. */
static int line_of(struct table table, int line, size_t instruction)
{
    size_t unit = 0;
    while (table.at < table.end) {
        unsigned head = next_byte(&table);
        unsigned kind = head >> 3 & 15;
        if (kind == LONG || kind == NO_COLUMNS)
            line += next_difference(&table);
        else if (kind >= ONE_LINE && kind < NO_COLUMNS)
            line += (int)(kind - ONE_LINE);
        unit += (head & 7) + 1;
        if (instruction < unit)
            return kind == NO_LOCATION ? 0 : line;
        while (table.at < table.end && !(*table.at & 128)) /* an entry begins with the high bit */
            table.at++;
    }
    return 0;
}

static bool find_line(const struct sg_python_step *step, int *line)
{
    uintptr_t bytes = sg_python_word(step->code, sg_python_fields.linetable);
    int first;
    memcpy(&first, (const char *)step->code + sg_python_fields.first_line,
           sizeof first); /* NOLINT(performance-no-int-to-ptr) */
    if (!is_object(bytes, sg_python_symbols.PyBytes_Type, SG_PYTHON_BYTES_BEGIN))
        return false;
    size_t size = sg_python_word(bytes, SG_PYTHON_BYTES_LENGTH);
    if (size > (UINT32_C(1) << 24) || !can_read(bytes + SG_PYTHON_BYTES_BEGIN, size + 1))
        return false;
    uintptr_t begin = step->code + sg_python_fields.instructions;
    const uint8_t *table =
        (const uint8_t *)(bytes + SG_PYTHON_BYTES_BEGIN); /* NOLINT(performance-no-int-to-ptr) */
    /* Before its first instruction a function is at its first line. */
    *line = step->at < begin ? first
                             : line_of((struct table){table, table + size}, first, (step->at - begin) / 2);
    return *line >= 0;
}

/* There is no room for what it is called. */
static uint32_t nameless(void)
{
    static const char frame[] = "\0\0\0\0<no room for names>\0<unknown>";
    return sg_strings_last(SG_STRING_FRAME, frame, sizeof frame - 1);
}

uint32_t sg_python_frame(const struct sg_python_step *step)
{
    struct text text = {.length = sizeof(uint32_t)};
    int line = 0;
    if (!is_object(step->code, sg_python_symbols.PyCode_Type, sg_python_fields.instructions) ||
        !find_line(step, &line) ||
        !add_text(&text, sg_python_word(step->code, sg_python_fields.filename), FILE_MAX))
        return 0;
    text.bytes[text.length++] = '\0';
    if (!add_text(&text, sg_python_word(step->code, sg_python_fields.qualname), NAME_MAX_))
        return 0;
    memcpy(text.bytes, &line, sizeof(uint32_t));
    uint32_t frame = sg_strings_intern(SG_STRING_FRAME, text.bytes, text.length);
    return frame ? frame : nameless();
}
