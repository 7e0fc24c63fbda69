/* The records of open descriptors: an array indexed by descriptor number.
 * A number belongs to the thread that the kernel gave it to until it closes
 * it, so a slot has one writer at a time, and needs no lock.
 *
 * Layer:   5
 * Threads: any, also signal handlers; lock-free.
 * Memory:  the arena's descriptor section, 32 bytes a number.
 * Fails:   NULL, or false, for a number beyond the array.
 */
#ifndef SG_DESCRIPTORS_H
#define SG_DESCRIPTORS_H

#include "arena.h"

/* True if auto-close has closed the descriptor, or is about to: its record is
 * for the report, and nothing that happens under its number concerns it. */
static inline bool sg_descriptors_is_final(const struct sg_record *record)
{
    return SG_UNLIKELY(__atomic_load_n(&record->socket.marks, __ATOMIC_RELAXED) & SG_SOCKET_IS_FINAL);
}

/* One more than the highest number that was ever in use here. */
static inline int sg_descriptors_end(void)
{
    uint64_t size = __atomic_load_n(&sg_arena->sections[SG_SECTION_DESCRIPTORS].size, __ATOMIC_RELAXED);
    return (int)(size / sizeof(struct sg_record));
}

/* The slot of a descriptor, open or not; NULL for one that never had a record. */
static inline struct sg_record *sg_descriptors_at(int fd)
{
    if ((unsigned)fd >= (unsigned)sg_descriptors_end())
        return NULL;
    return (struct sg_record *)sg_arena_at(SG_SECTION_DESCRIPTORS, 0) + fd;
}

/* Makes room for the record of a descriptor. False when there is none. */
static inline bool sg_descriptors_reserve(int fd)
{
    return SG_LIKELY((unsigned)fd < (unsigned)sg_descriptors_end()) ||
           (fd >= 0 &&
            sg_arena_grow(SG_SECTION_DESCRIPTORS, ((uint64_t)(unsigned)fd + 1) * sizeof(struct sg_record)));
}

/* Puts a record in, for which there is room. Returns the life of one that was still there: its
 * descriptor was closed without our seeing it; 0 if there was none. */
uint64_t sg_descriptors_put(int fd, const struct sg_record *fresh);

/* Takes the record out. Returns its life, 0 if there was none. */
static inline uint64_t sg_descriptors_take(int fd)
{
    struct sg_record *slot = sg_descriptors_at(fd);
    if (!slot || __atomic_load_n(&slot->life, __ATOMIC_RELAXED) == 0 || sg_descriptors_is_final(slot))
        return 0;
    return __atomic_exchange_n(&slot->life, 0, __ATOMIC_ACQ_REL);
}

/* Puts back what was taken out, unless the number is in use again. */
bool sg_descriptors_return(int fd, uint64_t life);

#endif
