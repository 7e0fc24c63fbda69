/* The open records of a snapshot, with the relations between them resolved:
 * what belongs to which session.
 *
 * Layer:   8
 * Threads: one.
 * Memory:  in the caller's pool.
 * Fails:   never; a relation to a record that is not open is none, and a ring
 *          of owners, which only a damaged file has, is dissolved.
 */
#ifndef SG_REPORT_ITEM_H
#define SG_REPORT_ITEM_H

#include "reader.h"

/* An item's number in struct sg_items; this stands for none. */
#define SG_ITEM_NONE UINT32_MAX

struct sg_item {
    const struct sg_record *record;
    const struct sg_handle *handle; /* NULL for a descriptor */
    uint32_t place;                 /* number of its place, or of the one that stands for it */
    uint32_t owner;                 /* the outermost session that it belongs to */
    uint32_t first_owned;           /* list of what belongs to it ... */
    uint32_t next_owned;            /* ... and its next in its owner's list */
    uint32_t first_member;          /* a multi's easy handles */
    uint32_t next_member;
    uint32_t first_user; /* handles that a share serves */
    uint32_t next_user;
    bool is_orphan; /* opened inside a session's call, and that session is gone */
};

struct sg_items {
    struct sg_item *entries;
    size_t count;
};

struct sg_items sg_items_collect(struct sg_pool *pool, const struct sg_snapshot *snapshot);

static inline const struct sg_kind_entry *sg_item_kind(const struct sg_snapshot *snapshot,
                                                       const struct sg_item *item)
{
    return &snapshot->kinds[item->record->kind];
}

#endif
