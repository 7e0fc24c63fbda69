#include "shutdown.h"
#include "descriptors.h"
#include "handles.h"
#include "python.h"
#include "socket_facts.h"
#include "sys.h"

#include <sys/socket.h>

/* Gives all open records one outcome in place of another. Those that are closed by
 * now stay as they are: of a descriptor that is marked, a handle has no key then. */
static void change(enum sg_outcome from, enum sg_outcome to)
{
    const struct sg_kind_entry *kinds;
    struct sg_handle *slot;
    if (!sg_arena_has_records())
        return;
    kinds = sg_arena_at(SG_SECTION_KINDS, 0);
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        if (slot->record.outcome == from && slot->key && sg_life_is_open(slot->record.life)) {
            slot->record.outcome = (uint8_t)to;
            if (kinds[slot->record.kind].flags & SG_KIND_SCRIPT) /* which ends with its runtime */
                __atomic_store_n(&slot->key, 0, __ATOMIC_RELEASE);
        }
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        struct sg_record *record = sg_descriptors_at(fd);
        if (record->outcome == from && !sg_descriptors_is_final(record) && sg_life_is_open(record->life))
            record->outcome = (uint8_t)to;
    }
}

void sg_shutdown_begins(void) { change(SG_OUTCOME_OPEN, SG_OUTCOME_SHUTDOWN); }

void sg_shutdown_settle(void) { change(SG_OUTCOME_SHUTDOWN, SG_OUTCOME_OPEN); }

void sg_shutdown_closing(const struct sg_handle *slot)
{
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        struct sg_record *record = sg_descriptors_at(fd);
        if (record->owner != slot->record.serial || !sg_life_is_open(record->life) ||
            sg_descriptors_is_final(record))
            continue;
        struct sg_identity identity;
        sg_socket_facts_note(fd, record);
        /* It may be closed, and its number used again, before sg_shutdown_hang_up(). */
        if (!record->used && sg_sys_identity(fd, &identity) == 0)
            record->used = (uint32_t)identity.inode;
        record->outcome = SG_OUTCOME_CLOSED;
        __atomic_fetch_or(&record->socket.marks, SG_SOCKET_IS_FINAL, __ATOMIC_RELAXED);
    }
}

void sg_shutdown_hang_up(const struct sg_handle *slot, const void *goodbye, size_t size)
{
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        const struct sg_record *record = sg_descriptors_at(fd);
        struct sg_identity identity;
        bool is_its = record->owner == slot->record.serial && record->outcome == SG_OUTCOME_CLOSED &&
                      sg_descriptors_is_final(record);
        if (!is_its || sg_sys_identity(fd, &identity) < 0 ||
            (record->used && record->used != (uint32_t)identity.inode))
            continue;
        if (size > 0)
            sg_sys(SYS_sendto, fd, (long)goodbye, (long)size, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
        sg_sys2(SYS_shutdown, fd, SHUT_RDWR);
    }
}

void sg_shutdown_closed(struct sg_handle *slot, enum sg_reason reason)
{
    bool is_failed = reason == SG_REASON_REFUSED || reason == SG_REASON_TIMEOUT;
    slot->record.reason = (uint8_t)reason;
    slot->record.outcome = reason == SG_REASON_NONE ? SG_OUTCOME_CLOSED
                           : is_failed              ? SG_OUTCOME_FAILED
                                                    : SG_OUTCOME_SKIPPED;
    __atomic_store_n(&slot->key, 0, __ATOMIC_RELEASE);
}

static void make_final(int fd, struct sg_record *record, uint8_t marks)
{
    struct sg_identity identity;
    sg_socket_facts_note(fd, record);
    if (!record->used && sg_sys_identity(fd, &identity) == 0)
        record->used = (uint32_t)identity.inode; /* a child may go on with it */
    __atomic_fetch_or(&record->socket.marks, marks | SG_SOCKET_IS_FINAL, __ATOMIC_RELAXED);
}

bool sg_shutdown_keeps_descriptor(int fd)
{
    struct sg_record *record = sg_descriptors_at(fd);
    if (record->outcome != SG_OUTCOME_SHUTDOWN || !sg_life_is_open(record->life) ||
        !sg_python_is_finalizing())
        return false;
    make_final(fd, record, 0);
    return true;
}

void sg_shutdown_keep_owned(int fd)
{
    if (fd < 0 || fd >= sg_descriptors_end())
        return;
    struct sg_record *record = sg_descriptors_at(fd);
    if (record->outcome != SG_OUTCOME_OPEN || !sg_life_is_open(record->life) || !record->owner ||
        sg_descriptors_is_final(record) || !(record->socket.marks & SG_SOCKET_OF_SCRIPT))
        return;
    record->outcome = SG_OUTCOME_SHUTDOWN;
    make_final(fd, record, SG_SOCKET_LATE); /* forgotten if its session is closed */
}

bool sg_shutdown_keeps_handle(struct sg_handle *slot)
{
    if (slot->record.outcome != SG_OUTCOME_SHUTDOWN || !sg_python_is_finalizing())
        return false;
    __atomic_store_n(&slot->key, 0, __ATOMIC_RELAXED);
    return true;
}
