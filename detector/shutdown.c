#include "shutdown.h"
#include "descriptors.h"
#include "handles.h"
#include "python.h"
#include "socket_facts.h"

/* Gives all open records one outcome in place of another. Those that are closed by
 * now stay as they are: of a descriptor that is marked, a handle has no key then. */
static void change(enum sg_outcome from, enum sg_outcome to)
{
    struct sg_handle *slot;
    if (!sg_arena_is_used())
        return;
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        if (slot->record.outcome == from && slot->key && sg_life_is_open(slot->record.life))
            slot->record.outcome = (uint8_t)to;
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        struct sg_record *record = sg_descriptors_at(fd);
        if (record->outcome == from && !sg_descriptors_is_final(record) && sg_life_is_open(record->life))
            record->outcome = (uint8_t)to;
    }
}

void sg_shutdown_begins(void) { change(SG_OUTCOME_OPEN, SG_OUTCOME_SHUTDOWN); }

void sg_shutdown_settle(void) { change(SG_OUTCOME_SHUTDOWN, SG_OUTCOME_OPEN); }

bool sg_shutdown_keeps_descriptor(int fd)
{
    struct sg_record *record = sg_descriptors_at(fd);
    if (record->outcome != SG_OUTCOME_SHUTDOWN || !sg_life_is_open(record->life) ||
        !sg_python_is_finalizing())
        return false;
    sg_socket_facts_note(fd, record);
    __atomic_fetch_or(&record->socket.marks, SG_SOCKET_IS_FINAL, __ATOMIC_RELAXED);
    return true;
}

bool sg_shutdown_keeps_handle(struct sg_handle *slot)
{
    if (slot->record.outcome != SG_OUTCOME_SHUTDOWN || !sg_python_is_finalizing())
        return false;
    __atomic_store_n(&slot->key, 0, __ATOMIC_RELAXED);
    return true;
}
