#include "bars.h"
#include "children.h"
#include "descriptors.h"
#include "detector.h"
#include "held.h"
#include "severed.h"
#include "shutdown.h"
#include "sys.h"
#include "threads.h"

struct sg_handle *sg_open_handle(const struct sg_open_handles *all, uint32_t serial)
{
    size_t low = 0;
    if (!serial)
        return NULL;
    for (size_t high = all->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (all->where[middle] >> 32 < serial)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == all->count || all->where[low] >> 32 != serial)
        return NULL;
    struct sg_handle *slot = sg_handles_slot((uint32_t)all->where[low]);
    return slot && slot->record.serial == serial ? slot : NULL;
}

/* Handles of one thread mostly come one after the other. */
static bool is_another(struct sg_open_handles *all, uint32_t thread)
{
    if (thread == 0 || thread == all->ending)
        return false;
    if (thread != all->asked) {
        all->asked = thread;
        all->is_asked_alive = sg_threads_is_alive(thread);
    }
    return all->is_asked_alive;
}

static bool is_shared_by_others(struct sg_open_handles *all, const struct sg_handle *slot)
{
    uint32_t second = __atomic_load_n(&slot->before[1], __ATOMIC_RELAXED);
    if (second != SG_USE_MORE)
        return is_another(all, __atomic_load_n(&slot->before[0], __ATOMIC_RELAXED)) ||
               is_another(all, second);
    if (!all->is_counted)
        all->has_others = sg_threads_has_others(all->ending);
    all->is_counted = true;
    return all->has_others;
}

/* True if a call on the handle has not come back, which may be one that was left
 * by longjmp() or an exception; or if another thread that still runs has called
 * on it, or has opened it, and may do anything with it at any moment. */
static bool is_in_use(struct sg_open_handles *all, const struct sg_handle *slot)
{
    if (!slot)
        return false;
    uint32_t use = __atomic_load_n(&slot->use, __ATOMIC_RELAXED);
    return slot->is_held || sg_use_calls(use) > 0 || is_another(all, sg_use_thread(use)) ||
           is_another(all, slot->record.thread) || is_shared_by_others(all, slot);
}

static enum sg_reason bar_of(const struct sg_handle *slot)
{
    if (slot && !sg_outcome_is_ours(slot->record.outcome))
        return SG_REASON_SHARED;
    return slot && slot->record.outcome == SG_OUTCOME_SKIPPED ? slot->record.reason : SG_REASON_NONE;
}

static void bar(struct sg_handle *slot, enum sg_reason reason)
{
    if (sg_shutdown_has(&slot->record) || !sg_outcome_is_ours(slot->record.outcome) ||
        bar_of(slot) == SG_REASON_CALLBACK || bar_of(slot) == SG_REASON_FORM)
        return;
    slot->record.reason = (uint8_t)reason;
    slot->record.outcome = SG_OUTCOME_SKIPPED;
}

/* Where one of the handles that use a shared one is busy, all of it is: what
 * they have in common is only safe to touch under the program's locks. */
static void bar_busy_shares(struct sg_open_handles *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct sg_handle *slot = sg_handles_slot((uint32_t)all->where[i]);
        struct sg_handle *shared = sg_open_handle(all, slot->uses);
        if (shared && (is_in_use(all, shared) || is_in_use(all, slot) ||
                       is_in_use(all, sg_open_handle(all, slot->member_of))))
            bar(shared, SG_REASON_IN_USE);
    }
}

static bool has_sockets(void)
{
    const struct sg_kind *kind;
    for (unsigned i = 0; (kind = sg_detector_kind(i)); i++)
        if ((kind->flags & SG_KIND_DESCRIPTOR) && !kind->is_ignored)
            return true;
    return false;
}

/* Where sockets are not watched nobody knows which a child has as well. */
static void bar_unknown(struct sg_open_handles *all)
{
    if (has_sockets() || !sg_children_exist())
        return;
    for (size_t i = 0; i < all->count; i++)
        bar(sg_handles_slot((uint32_t)all->where[i]), SG_REASON_SHARED);
}

/* A connection may outlive the session that made it only where a share handle keeps
 * it; which one is not known. */
static void bar_keepers(const struct sg_open_handles *all, enum sg_reason reason)
{
    for (size_t i = 0; i < all->count; i++) {
        struct sg_handle *slot = sg_handles_slot((uint32_t)all->where[i]);
        if (slot->heir == slot->record.serial)
            bar(slot, reason);
    }
}

/* A connection that a child has as well is not to be shut down, nor talked on. */
static void bar_children(struct sg_open_handles *all)
{
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        const struct sg_record *record = sg_descriptors_at(fd);
        bool is_open = sg_life_is_open(record->life) && !sg_shutdown_has(record) &&
                       !(record->socket.marks & SG_SOCKET_OF_SCRIPT) && sg_state_counts(record->socket.state);
        struct sg_handle *owner = is_open ? sg_open_handle(all, record->owner) : NULL;
        if (!is_open || !record->owner || bar_of(owner) != SG_REASON_NONE || !sg_children_have(fd))
            continue;
        if (owner)
            bar(owner, SG_REASON_SHARED);
        else
            bar_keepers(all, SG_REASON_SHARED);
    }
}

static void bar_severed(const struct sg_open_handles *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (sg_severed_has((uint32_t)(all->where[i] >> 32)))
            bar(sg_handles_slot((uint32_t)all->where[i]), SG_REASON_SEVERED);
    for (unsigned i = 0; i < SG_SEVERED; i++)
        if (sg_severed_at(i) && !sg_open_handle(all, sg_severed_at(i)))
            bar_keepers(all, SG_REASON_SEVERED);
}

/* Closing a multi handle touches its members, and what they share: where one of
 * them is to be left alone, all of it is. */
static void bar_groups(struct sg_open_handles *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct sg_handle *slot = sg_handles_slot((uint32_t)all->where[i]);
        struct sg_handle *group = sg_open_handle(all, slot->member_of);
        if (!group)
            continue;
        enum sg_reason reason = bar_of(slot) && bar_of(slot) != SG_REASON_FORM
                                    ? bar_of(slot)
                                    : bar_of(sg_open_handle(all, slot->uses));
        if (is_in_use(all, group) || is_in_use(all, slot))
            reason = SG_REASON_IN_USE;
        if (reason != SG_REASON_NONE)
            bar(group, reason);
    }
}

void sg_bars_set(struct sg_open_handles *all)
{
    sg_held_find(all->where, all->count);
    bar_busy_shares(all);
    bar_unknown(all);
    bar_severed(all);
    bar_children(all);
    bar_groups(all);
}

enum sg_reason sg_bars_reason(struct sg_open_handles *all, const struct sg_record *record,
                              const struct sg_handle *slot)
{
    if (all->has_running)
        return SG_REASON_THREADS;
    if (is_another(all, record->thread))
        return SG_REASON_IN_USE;
    if (!slot)
        return SG_REASON_NONE;
    const struct sg_handle *group = sg_open_handle(all, slot->member_of);
    if (is_in_use(all, slot) || is_in_use(all, group))
        return SG_REASON_IN_USE;
    /* What it has in common with the others would be touched. */
    enum sg_reason reason = bar_of(slot) ? bar_of(slot) : bar_of(group);
    return reason != SG_REASON_NONE ? reason : bar_of(sg_open_handle(all, slot->uses));
}
