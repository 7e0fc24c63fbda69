/* Strings of the arena, each kept once. Nothing is ever given back, so each sort
 * leaves a part of the section to those that a report needs more: peers, of which a
 * server has ever new ones, get a half; frames of scripts the next quarter; paths
 * an eighth; what is said of the process itself has all that is left.
 *
 * Layer:   4
 * Threads: any, also signal handlers; lock-free.
 * Memory:  the arena's string section; nothing is ever given back.
 * Fails:   0, which means no string, when the section is full.
 */
#ifndef SG_STRINGS_H
#define SG_STRINGS_H

#include "layout.h"

/* The reference of a string with these bytes. At most 65,535 are kept. */
uint32_t sg_strings_intern(enum sg_string_type type, const void *bytes, size_t length);
uint32_t sg_strings_text(const char *text);

/* The same for a peer that was seen as a connection was made. */
uint32_t sg_strings_peer(enum sg_string_type type, const void *bytes, size_t length);

/* The same for what no report can do without. */
uint32_t sg_strings_last(enum sg_string_type type, const void *bytes, size_t length);

/* The string behind a reference, NULL for 0. */
const struct sg_string *sg_strings_get(uint32_t reference);

/* FNV-1a, which is good enough for buckets and short to compute. */
static inline uint32_t sg_hash_bytes(uint32_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * 16777619U;
    return hash;
}
#define SG_HASH_START 2166136261U

#endif
