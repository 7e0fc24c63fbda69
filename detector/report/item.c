#include "item.h"

#include <stdlib.h>

/* Sessions nest a few deep (a socket in a TLS session in an HTTP session). */
#define OWNERS_MAX 16

struct serial {
    uint32_t serial;
    uint32_t item;
};

struct serials {
    struct serial *entries;
    size_t count;
};

static void add(struct sg_items *items, const struct sg_record *record, const struct sg_handle *handle)
{
    items->entries[items->count++] = (struct sg_item){
        .record = record,
        .place = sg_life_place(record->life),
        .handle = handle,
        .owner = SG_ITEM_NONE,
        .first_owned = SG_ITEM_NONE,
        .next_owned = SG_ITEM_NONE,
        .first_member = SG_ITEM_NONE,
        .next_member = SG_ITEM_NONE,
        .first_user = SG_ITEM_NONE,
        .next_user = SG_ITEM_NONE,
    };
}

static bool is_listed(const struct sg_record *descriptor)
{
    return sg_life_is_open(descriptor->life) && descriptor->socket.state != SG_STATE_PASSED_ON;
}

static struct sg_items collect_open(struct sg_pool *pool, const struct sg_snapshot *snapshot)
{
    size_t count = 0;
    for (size_t i = 0; i < snapshot->handles_count; i++)
        count += sg_life_is_open(snapshot->handles[i].record.life);
    for (size_t i = 0; i < snapshot->descriptors_count; i++)
        count += is_listed(&snapshot->descriptors[i]);
    struct sg_items items = {sg_pool_array(pool, count, sizeof(*items.entries)), 0};
    for (size_t i = 0; i < snapshot->handles_count; i++)
        if (sg_life_is_open(snapshot->handles[i].record.life))
            add(&items, &snapshot->handles[i].record, &snapshot->handles[i]);
    for (size_t i = 0; i < snapshot->descriptors_count; i++)
        if (is_listed(&snapshot->descriptors[i]))
            add(&items, &snapshot->descriptors[i], NULL);
    return items;
}

static int compare_serials(const void *left, const void *right)
{
    const struct serial *a = left;
    const struct serial *b = right;
    if (a->serial != b->serial)
        return a->serial < b->serial ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

static struct serials index_serials(struct sg_pool *pool, const struct sg_items *items)
{
    struct serials serials = {sg_pool_array(pool, items->count, sizeof(*serials.entries)), 0};
    bool is_sorted = true;
    for (size_t i = 0; i < items->count && items->entries[i].handle; i++) {
        uint32_t serial = items->entries[i].record->serial;
        if (serial == 0)
            continue;
        is_sorted = is_sorted && (serials.count == 0 || serials.entries[serials.count - 1].serial < serial);
        serials.entries[serials.count++] = (struct serial){serial, (uint32_t)i};
    }
    if (!is_sorted)
        qsort(serials.entries, serials.count, sizeof(*serials.entries), compare_serials);
    return serials;
}

static uint32_t find(const struct serials *serials, uint32_t serial)
{
    size_t low = 0;
    size_t high = serials->count;
    if (serial == 0)
        return SG_ITEM_NONE;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (serials->entries[middle].serial < serial)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < serials->count && serials->entries[low].serial == serial)
        return serials->entries[low].item;
    return SG_ITEM_NONE;
}

/* The owner's owner and so on: what a TLS session holds belongs to the HTTP
 * session that holds the TLS session. */
static uint32_t outermost_owner(const struct sg_snapshot *snapshot, const struct sg_items *items,
                                const struct serials *serials, uint32_t number)
{
    uint32_t at = number;
    for (int depth = 0; depth < OWNERS_MAX; depth++) {
        const struct sg_item *item = &items->entries[at];
        uint32_t owner = SG_ITEM_NONE;
        if (sg_item_kind(snapshot, item)->flags & SG_KIND_OWNED)
            owner = find(serials, item->record->owner);
        if (owner == SG_ITEM_NONE)
            return at == number ? SG_ITEM_NONE : at;
        at = owner;
    }
    return SG_ITEM_NONE;
}

struct sg_items sg_items_collect(struct sg_pool *pool, const struct sg_snapshot *snapshot)
{
    struct sg_items items = collect_open(pool, snapshot);
    struct serials serials = index_serials(pool, &items);
    /* Backwards, so that each list is in the order of the records. */
    for (size_t i = items.count; i-- > 0;) {
        struct sg_item *item = &items.entries[i];
        uint32_t number = (uint32_t)i;
        item->owner = outermost_owner(snapshot, &items, &serials, number);
        if (item->owner != SG_ITEM_NONE) {
            item->next_owned = items.entries[item->owner].first_owned;
            items.entries[item->owner].first_owned = number;
        } else {
            item->is_orphan = item->record->owner != 0 &&
                              (sg_item_kind(snapshot, item)->flags & SG_KIND_OWNED) &&
                              find(&serials, item->record->owner) == SG_ITEM_NONE;
        }
        uint32_t group = item->handle ? find(&serials, item->handle->member_of) : SG_ITEM_NONE;
        if (group != SG_ITEM_NONE && group != number) {
            item->next_member = items.entries[group].first_member;
            items.entries[group].first_member = number;
        }
        uint32_t share = item->handle ? find(&serials, item->handle->uses) : SG_ITEM_NONE;
        if (share != SG_ITEM_NONE && share != number) {
            item->next_user = items.entries[share].first_user;
            items.entries[share].first_user = number;
        }
    }
    return items;
}
