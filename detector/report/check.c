#include "check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    size_t entry_size;
} sections[SG_SECTIONS] = {
    [SG_SECTION_STRINGS] = {"strings", 8},
    [SG_SECTION_KINDS] = {"kinds", sizeof(struct sg_kind_entry)},
    [SG_SECTION_MODULES] = {"modules", sizeof(struct sg_module)},
    [SG_SECTION_PLACES] = {"places", 8},
    [SG_SECTION_DESCRIPTORS] = {"descriptors", sizeof(struct sg_record)},
    [SG_SECTION_HANDLES] = {"handles", sizeof(struct sg_handle)},
    [SG_SECTION_INDEX] = {"index", sizeof(uint32_t)},
    [SG_SECTION_MEMO] = {"memo", 8},
};

struct check {
    const struct sg_layout *layout;
    char *message;
    size_t message_size;
};

static bool damaged(const struct check *check, const char *format, ...) SG_PRINTF(2, 3);

static bool damaged(const struct check *check, const char *format, ...)
{
    static const char start[] = "is damaged: ";
    va_list arguments;
    snprintf(check->message, check->message_size, "%s", start);
    if (check->message_size > sizeof(start)) {
        va_start(arguments, format);
        vsnprintf(check->message + sizeof(start) - 1, check->message_size - sizeof(start) + 1, format,
                  arguments);
        va_end(arguments);
    }
    return false;
}

static const void *start_of(const struct check *check, enum sg_section_id id)
{
    return (const unsigned char *)check->layout + check->layout->sections[id].offset;
}

static size_t count_of(const struct check *check, enum sg_section_id id)
{
    return (size_t)(check->layout->sections[id].size / sections[id].entry_size);
}

static bool check_bounds(const struct check *check)
{
    uint64_t total = check->layout->total_size;
    for (int id = 0; id < SG_SECTIONS; id++) {
        const struct sg_section *section = &check->layout->sections[id];
        const char *name = sections[id].name;
        if (section->entry_size != sections[id].entry_size)
            return damaged(check, "an entry of its %s has %" PRIu64 " bytes, not %zu", name,
                           section->entry_size, sections[id].entry_size);
        if (section->size % section->entry_size != 0)
            return damaged(check, "its %s end within an entry", name);
        bool is_in_header = section->size > 0 && section->offset < sizeof(*check->layout);
        if (section->offset % 8 != 0 || is_in_header || section->offset > total ||
            section->size > total - section->offset)
            return damaged(check, "its %s reach from byte %" PRIu64 " on over %" PRIu64 " bytes of %" PRIu64,
                           name, section->offset, section->size, total);
    }
    return true;
}

static bool check_string(const struct check *check, uint32_t reference, const char *what, size_t number)
{
    uint64_t size = check->layout->sections[SG_SECTION_STRINGS].size;
    if (reference == 0)
        return true;
    if (reference % 8 != 0 || reference >= size || size - reference < sizeof(struct sg_string))
        return damaged(check, "%s %zu refers to string %" PRIu32 ", which is none", what, number, reference);
    const unsigned char *at = (const unsigned char *)start_of(check, SG_SECTION_STRINGS) + reference;
    const struct sg_string *string = (const struct sg_string *)(const void *)at;
    if (sg_string_size(string->length) > size - reference)
        return damaged(check, "%s %zu refers to string %" PRIu32 ", which goes past the end", what, number,
                       reference);
    if (string->type != SG_STRING_TEXT && string->type != SG_STRING_SOCKADDR &&
        string->type != SG_STRING_FRAME)
        return damaged(check, "string %" PRIu32 " has the unknown type %u", reference, string->type);
    return true;
}

/* True if `text` ends within `size` bytes and is plain printable ASCII. */
static bool is_plain(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\0')
            return true;
        if (text[i] < ' ' || text[i] > '~')
            return false;
    }
    return false;
}

/* Records name their kind with one byte. */
#define KINDS_MAX 256

static bool check_kinds(const struct check *check)
{
    if (count_of(check, SG_SECTION_KINDS) > KINDS_MAX)
        return damaged(check, "it has %zu kinds", count_of(check, SG_SECTION_KINDS));
    const struct sg_kind_entry *kinds = start_of(check, SG_SECTION_KINDS);
    for (size_t i = 0; i < count_of(check, SG_SECTION_KINDS); i++)
        if (!is_plain(kinds[i].name, sizeof(kinds[i].name)) ||
            !is_plain(kinds[i].title, sizeof(kinds[i].title)) ||
            !is_plain(kinds[i].close_with, sizeof(kinds[i].close_with)))
            return damaged(check, "the names of kind %zu are not plain text", i);
    return true;
}

static bool check_modules(const struct check *check)
{
    const struct sg_module *modules = start_of(check, SG_SECTION_MODULES);
    for (size_t i = 0; i < count_of(check, SG_SECTION_MODULES); i++) {
        if (modules[i].build_id_size > SG_BUILD_ID_MAX)
            return damaged(check, "module %zu has a build-id of %u bytes", i, modules[i].build_id_size);
        if (!check_string(check, modules[i].path, "module", i))
            return false;
    }
    return true;
}

/* A frame of a script is a string that says line, file and function. */
static bool check_frame(const struct check *check, const struct sg_place *place, unsigned frame,
                        uint32_t number)
{
    const struct sg_module *modules = start_of(check, SG_SECTION_MODULES);
    uint32_t reference = sg_place_offsets(place)[frame];
    if (!(modules[sg_place_modules(place)[frame]].flags & SG_MODULE_SCRIPT))
        return true;
    if (!check_string(check, reference, "place", number))
        return false;
    const unsigned char *at = (const unsigned char *)start_of(check, SG_SECTION_STRINGS) + reference;
    const struct sg_string *string = (const struct sg_string *)(const void *)at;
    if (reference == 0 || string->type != SG_STRING_FRAME || string->length <= sizeof(uint32_t) ||
        !memchr(string->bytes + sizeof(uint32_t), '\0', string->length - sizeof(uint32_t)))
        return damaged(check, "frame %u of place %" PRIu32 " is no frame of a script", frame, number);
    return true;
}

static bool check_place(const struct check *check, uint32_t number, const char *what, size_t index)
{
    uint64_t size = check->layout->sections[SG_SECTION_PLACES].size;
    uint64_t offset = (uint64_t)number * 8;
    if (offset == 0 || offset >= size || size - offset < sizeof(struct sg_place))
        return damaged(check, "%s %zu refers to place %" PRIu32 ", which is none", what, index, number);
    const unsigned char *at = (const unsigned char *)start_of(check, SG_SECTION_PLACES) + offset;
    const struct sg_place *place = (const struct sg_place *)(const void *)at;
    if (sg_place_size(place->frames) > size - offset)
        return damaged(check, "place %" PRIu32 " with %u frames goes past the end", number, place->frames);
    if (place->kind >= count_of(check, SG_SECTION_KINDS))
        return damaged(check, "place %" PRIu32 " has the unknown kind %u", number, place->kind);
    const uint16_t *modules = sg_place_modules(place);
    for (unsigned i = 0; i < place->frames; i++)
        if (modules[i] >= count_of(check, SG_SECTION_MODULES))
            return damaged(check, "frame %u of place %" PRIu32 " refers to module %u, which is none", i,
                           number, modules[i]);
    for (unsigned i = 0; i < place->frames; i++)
        if (!check_frame(check, place, i, number))
            return false;
    return true;
}

static bool check_record(const struct check *check, const struct sg_record *record, const char *what,
                         size_t index)
{
    if (!sg_life_is_open(record->life))
        return true;
    if (record->kind >= count_of(check, SG_SECTION_KINDS))
        return damaged(check, "%s %zu has the unknown kind %u", what, index, record->kind);
    if (record->outcome >= SG_OUTCOMES || record->reason >= SG_REASONS)
        return damaged(check, "%s %zu has the unknown outcome %u (reason %u)", what, index, record->outcome,
                       record->reason);
    return check_string(check, record->peer, what, index) &&
           check_place(check, sg_life_place(record->life), what, index);
}

static bool check_header(const struct check *check)
{
    const uint32_t references[] = {check->layout->exe, check->layout->argv0, check->layout->cwd,
                                   check->layout->options, check->layout->suppressions};
    for (size_t i = 0; i < SG_COUNT(references); i++)
        if (!check_string(check, references[i], "header field", i))
            return false;
    return true;
}

bool sg_check_sections(const struct sg_layout *layout, char *message, size_t size)
{
    struct check check = {.layout = layout, .message_size = size};
    check.message = message;
    if (!check_bounds(&check) || !check_header(&check) || !check_kinds(&check) || !check_modules(&check))
        return false;
    const struct sg_record *descriptors = start_of(&check, SG_SECTION_DESCRIPTORS);
    for (size_t i = 0; i < count_of(&check, SG_SECTION_DESCRIPTORS); i++)
        if (!check_record(&check, &descriptors[i], "descriptor", i))
            return false;
    const struct sg_handle *handles = start_of(&check, SG_SECTION_HANDLES);
    for (size_t i = 0; i < count_of(&check, SG_SECTION_HANDLES); i++)
        if (!check_record(&check, &handles[i].record, "handle", i))
            return false;
    return true;
}
