#include "descriptors.h"
#include "severed.h"

uint64_t sg_descriptors_put(int fd, const struct sg_record *fresh)
{
    struct sg_record *slot = sg_descriptors_at(fd);
    uint64_t stale = __atomic_load_n(&slot->life, __ATOMIC_RELAXED);
    if (SG_UNLIKELY(stale)) {
        stale = __atomic_exchange_n(&slot->life, 0, __ATOMIC_ACQUIRE);
        if (slot->owner && slot->owner != fresh->owner && !(slot->socket.marks & SG_SOCKET_IS_COPY))
            sg_severed_note(slot->owner); /* closed where we did not see it */
    }
    slot->owner = fresh->owner;
    __atomic_store_n(&slot->thread, fresh->thread, __ATOMIC_RELAXED);
    slot->kind = fresh->kind;
    slot->provider = fresh->provider;
    slot->outcome = SG_OUTCOME_OPEN;
    slot->serial = fresh->serial;
    __atomic_store_n(&slot->peer, fresh->peer, __ATOMIC_RELAXED);
    /* Who gives it an identity looks at the thread again afterwards. */
    __atomic_store_n(&slot->used, fresh->used, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->life, fresh->life, __ATOMIC_RELEASE);
    return stale;
}

bool sg_descriptors_return(int fd, uint64_t life)
{
    uint64_t empty = 0;
    return __atomic_compare_exchange_n(&sg_descriptors_at(fd)->life, &empty, life, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}
