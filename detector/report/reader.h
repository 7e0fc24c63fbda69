/* Reads a snapshot and checks all of it: whoever got a struct sg_snapshot may
 * follow every section, index and string reference of an open record without
 * another check.
 *
 * Layer:   7
 * Threads: one.
 * Memory:  the bytes are mapped or malloc'ed and live until
 *          sg_reader_close(); texts are copied into the caller's pool.
 * Fails:   with one line in `message` that says what is wrong with the file.
 */
#ifndef SG_REPORT_READER_H
#define SG_REPORT_READER_H

#include "../layout.h"
#include "pool.h"

#define SG_READER_MESSAGE_MAX 512

struct sg_snapshot {
    const struct sg_layout *layout;
    const struct sg_kind_entry *kinds;
    const struct sg_module *modules;
    const struct sg_record *descriptors;
    const struct sg_handle *handles;
    size_t kinds_count;
    size_t modules_count;
    size_t descriptors_count;
    size_t handles_count;
    size_t size;
    bool is_mapped;
    char message[SG_READER_MESSAGE_MAX];
};

/* Reads the whole snapshot from a descriptor. `may_map` is for a descriptor
 * whose file nobody can shorten meanwhile: a mapping would then fault. */
bool sg_reader_open(struct sg_snapshot *snapshot, int descriptor, bool may_map);

void sg_reader_close(struct sg_snapshot *snapshot);

/* The string behind a reference that was checked, NULL for 0. */
const struct sg_string *sg_reader_string(const struct sg_snapshot *snapshot, uint32_t reference);

/* Its text, fit to print; NULL for 0. */
const char *sg_reader_text(const struct sg_snapshot *snapshot, struct sg_pool *pool, uint32_t reference);

/* Its text byte for byte, cut at a NUL, for opening files; NULL for 0. */
const char *sg_reader_raw(const struct sg_snapshot *snapshot, struct sg_pool *pool, uint32_t reference);

const struct sg_place *sg_reader_place(const struct sg_snapshot *snapshot, uint32_t number);

/* CLOCK_REALTIME of a tick. */
uint64_t sg_reader_time_ns(const struct sg_snapshot *snapshot, uint32_t tick);

#endif
