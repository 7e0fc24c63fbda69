#include "python_layout.h"

#include <string.h>

#define RELEASED 0xfU /* the release level of what is no preview: PY_VERSION_HEX */

/* What the interpreter says of itself is struct _Py_DebugOffsets of CPython's
 * pycore_debug_offsets.h (3.13: pycore_runtime.h), which tools outside of the process
 * read, too: a cookie, then words, in which fields of each of its structures follow their
 * size. A patch release may change the words' values, and a minor version adds words. So
 * each minor version has a row here: where among the words those are that are needed. */
struct published {
    unsigned version; /* as sg_python_version has it */
    uint8_t thread, frame, code;
    uint8_t base;                               /* in a thread, 0 none */
    uint8_t instructions;                       /* in a code object */
    uint8_t object, type, bytes, text, compact; /* the last is a word of text, 0 none */
};

/* Words of each structure, the same in all versions. */
enum { SIZE, FIELD_1, FIELD_2, FIELD_3, FIELD_4, FIELD_5 };
enum { THREAD_FRAME = FIELD_4 };
enum { FRAME_PREVIOUS = FIELD_1, FRAME_CODE, FRAME_INSTRUCTION, FRAME_LOCALS, FRAME_OWNER };
enum { CODE_FILENAME = FIELD_1, CODE_NAME, CODE_QUALNAME, CODE_LINETABLE, CODE_FIRST_LINE };
enum { OBJECT_TYPE = FIELD_1, TYPE_NAME = FIELD_1, TYPE_FLAGS = FIELD_3, BYTES_BEGIN = FIELD_2 };
enum { TEXT_STATE = FIELD_1, TEXT_LENGTH, TEXT_ASCII };

static const struct published rows[] = {
    {.version = 0x030d,
     .thread = 19,
     .frame = 28,
     .code = 34,
     .instructions = 9,
     .object = 44,
     .type = 46,
     .bytes = 64,
     .text = 67},
    {.version = 0x030e,
     .thread = 22,
     .frame = 31,
     .code = 39,
     .instructions = 9,
     .object = 50,
     .type = 52,
     .bytes = 74,
     .text = 77},
    {.version = 0x030f,
     .thread = 22,
     .base = 5,
     .frame = 39,
     .code = 47,
     .instructions = 9,
     .object = 58,
     .type = 60,
     .bytes = 86,
     .text = 89,
     .compact = 4},
};

/* The first words: the cookie, then these. */
enum { VERSION = 1, IS_FREE_THREADED = 2 };

/* Where they are since 3.8, and in all that is read by our own knowledge. That they are
 * where a row says so proves that the row fits. */
#define OBJECT_SIZE 16U
#define TYPE_NAME_AT 24U
#define TYPE_FLAGS_AT 168U
#define COMPACT 56U

static bool is_as_known(const struct published *row, const uint64_t *words)
{
    return words[row->object] == OBJECT_SIZE && words[row->object + OBJECT_TYPE] == SG_PYTHON_TYPE &&
           words[row->type + TYPE_NAME] == TYPE_NAME_AT && words[row->type + TYPE_FLAGS] == TYPE_FLAGS_AT &&
           words[row->bytes + BYTES_BEGIN] == SG_PYTHON_BYTES_BEGIN &&
           words[row->text + TEXT_STATE] == SG_PYTHON_TEXT_STATE &&
           words[row->text + TEXT_LENGTH] == SG_PYTHON_TEXT_LENGTH;
}

/* Takes a field of a structure; one that does not lie in it makes all of it useless. */
struct reader {
    const uint64_t *words;
    bool is_wrong;
};

static uint16_t take(struct reader *reader, unsigned structure, unsigned field)
{
    uint64_t offset = reader->words[structure + field];
    uint64_t size = reader->words[structure + SIZE];
    reader->is_wrong |= offset >= size || size > UINT16_MAX;
    return (uint16_t)offset;
}

static bool read_published(const struct published *row, const uint64_t *words,
                           struct sg_python_fields *fields)
{
    struct reader reader = {words, !is_as_known(row, words)};
    *fields = (struct sg_python_fields){
        .thread_frame = take(&reader, row->thread, THREAD_FRAME),
        .thread_base = row->base ? take(&reader, row->thread, row->base) : 0,
        .previous = take(&reader, row->frame, FRAME_PREVIOUS),
        .code = take(&reader, row->frame, FRAME_CODE),
        .instruction = take(&reader, row->frame, FRAME_INSTRUCTION),
        .owner = take(&reader, row->frame, FRAME_OWNER),
        .locals = take(&reader, row->frame, FRAME_LOCALS),
        .filename = take(&reader, row->code, CODE_FILENAME),
        .qualname = take(&reader, row->code, CODE_QUALNAME),
        .linetable = take(&reader, row->code, CODE_LINETABLE),
        .first_line = take(&reader, row->code, CODE_FIRST_LINE),
        .instructions = take(&reader, row->code, row->instructions),
        .ascii = (uint16_t)words[row->text + TEXT_ASCII],
        .compact = row->compact ? (uint16_t)words[row->text + row->compact] : COMPACT,
        .tags = 3,
    };
    fields->first_traceable = (uint16_t)(fields->instructions - 16); /* it alone is not published */
    return !reader.is_wrong;
}

enum sg_python_unread sg_python_layout_find(unsigned long version, const void *runtime,
                                            struct sg_python_fields *fields)
{
    const struct published *row = NULL;
    const uint64_t *words = runtime;
    unsigned minor = (unsigned)(version >> 16);
    for (unsigned i = 0; i < SG_COUNT(rows) && !row; i++)
        row = rows[i].version == minor ? &rows[i] : NULL;
    bool is_listed = minor == 0x030b || minor == 0x030c;
    if (!row && !is_listed)
        return SG_PYTHON_IS_UNKNOWN;
    if ((version >> 4 & 0xf) != RELEASED)
        return SG_PYTHON_IS_PREVIEW;
    if (is_listed) {
        *fields = sg_python_layouts[minor - 0x030b];
        return SG_PYTHON_IS_READ;
    }
    if (!words || memcmp(words, "xdebugpy", 8) != 0 || words[VERSION] != version)
        return SG_PYTHON_IS_OTHER;
    if (words[IS_FREE_THREADED])
        return SG_PYTHON_IS_FREE_THREADED;
    return read_published(row, words, fields) ? SG_PYTHON_IS_READ : SG_PYTHON_IS_OTHER;
}
