#include "strings.h"
#include "arena.h"

#include <string.h>

const struct sg_string *sg_strings_get(uint32_t reference)
{
    return reference ? sg_arena_at(SG_SECTION_STRINGS, reference) : NULL;
}

static uint32_t find(uint32_t from, uint32_t until, enum sg_string_type type, const void *bytes,
                     size_t length)
{
    for (uint32_t at = from; at != until; at = sg_strings_get(at)->next) {
        const struct sg_string *string = sg_strings_get(at);
        if (string->type == type && string->length == length && memcmp(string->bytes, bytes, length) == 0)
            return at;
    }
    return 0;
}

static uint32_t intern(enum sg_string_type type, const void *bytes, size_t length, uint64_t spared)
{
    if (length > UINT16_MAX)
        length = UINT16_MAX;
    uint32_t hash = sg_hash_bytes(SG_HASH_START + type, bytes, length);
    uint32_t *bucket = &sg_arena_string_buckets[hash % SG_ARENA_BUCKETS];
    uint32_t first = __atomic_load_n(bucket, __ATOMIC_ACQUIRE);
    uint32_t found = find(first, 0, type, bytes, length);
    if (found)
        return found;
    uint32_t fresh = sg_arena_take_sparing(SG_SECTION_STRINGS, sg_string_size((unsigned)length), spared);
    if (!fresh)
        return 0;
    struct sg_string *string = sg_arena_at(SG_SECTION_STRINGS, fresh);
    string->length = (uint16_t)length;
    string->type = (uint8_t)type;
    memcpy(string->bytes, bytes, length);
    for (;;) {
        string->next = first;
        uint32_t seen = first;
        if (__atomic_compare_exchange_n(bucket, &first, fresh, false, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
            return fresh;
        found = find(first, seen, type, bytes, length);
        if (found)
            return found; /* another thread was first; these few bytes stay unused */
    }
}

static uint64_t part(unsigned part) { return sg_arena->sections[SG_SECTION_STRINGS].capacity / part; }

uint32_t sg_strings_intern(enum sg_string_type type, const void *bytes, size_t length)
{
    return intern(type, bytes, length, type == SG_STRING_FRAME ? part(4) : part(8));
}

uint32_t sg_strings_peer(enum sg_string_type type, const void *bytes, size_t length)
{
    return intern(type, bytes, length, part(2));
}

uint32_t sg_strings_last(enum sg_string_type type, const void *bytes, size_t length)
{
    return intern(type, bytes, length, 0);
}

uint32_t sg_strings_text(const char *text)
{
    return text && *text ? sg_strings_intern(SG_STRING_TEXT, text, strlen(text)) : 0;
}
