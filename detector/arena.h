/* The arena: one piece of address space that holds all that is known of open
 * handles, in the layout of layout.h. It is mapped on the first
 * tracked call, and emptied on the first one in a forked child, which is
 * noticed without a system call: the kernel wipes a marker page at fork.
 *
 * Layer:   3
 * Threads: any, also signal handlers; no locks.
 * Memory:  maps half a megabyte far away from all else, and more in steps as
 *          large as what is there, up to 1 MB.
 * Fails:   sg_arena_enter() returns false: nothing can be tracked.
 */
#ifndef SG_ARENA_H
#define SG_ARENA_H

#include "layout.h"

enum sg_arena_state { SG_ARENA_NEW, SG_ARENA_PREPARING, SG_ARENA_READY, SG_ARENA_REFUSED };

struct sg_arena_marker {
    uint32_t state; /* atomic: enum sg_arena_state; zero again in a forked child */
};

extern struct sg_arena_marker *sg_arena_marker; /* atomic: set once */
extern struct sg_layout *sg_arena;
extern uint32_t
    sg_arena_epoch; /* changes with every fork: what a thread remembers of the arena is void then */

/* Called once the arena is empty and ready, by the thread that prepared it:
 * the detector puts its kinds in. */
extern void (*sg_arena_prepared)(void);

bool sg_arena_prepare(void);

static inline uint32_t sg_arena_state(void)
{
    return __atomic_load_n(&__atomic_load_n(&sg_arena_marker, __ATOMIC_ACQUIRE)->state, __ATOMIC_ACQUIRE);
}

/* True if the arena can be used now. Every tracked call asks this first. */
static inline bool sg_arena_enter(void)
{
    if (SG_LIKELY(sg_arena_state() == SG_ARENA_READY))
        return true;
    return sg_arena_prepare();
}

/* True if this process has tracked anything since it began or was forked. */
static inline bool sg_arena_is_used(void) { return sg_arena_state() == SG_ARENA_READY; }

/* Nothing may be recorded, looked at or reported from here on, also in children:
 * the process gives up system calls. sg_arena_unbar() takes one of these back. */
void sg_arena_bar(void);
void sg_arena_unbar(void);

static inline void *sg_arena_at(enum sg_section_id id, uint64_t offset)
{
    return (char *)sg_arena + sg_arena->sections[id].offset + offset;
}

/* Takes `size` bytes, a multiple of 8, off a heap section. Returns their
 * offset in it, 0 when it is full. */
uint32_t sg_arena_take(enum sg_section_id id, size_t size);

/* Says that the first `size` bytes of an array section are in use; only then
 * may they be touched. Returns false when there is no room. */
bool sg_arena_grow(enum sg_section_id id, uint64_t size);

/* The same for what one can do without: nothing is lost where there is no room. */
bool sg_arena_wish(enum sg_section_id id, uint64_t size);

/* The milliseconds since the arena was prepared. */
uint32_t sg_arena_tick(void);

/* Hash buckets for the strings and the places; not part of a snapshot. */
#define SG_ARENA_BUCKETS 16384U
extern uint32_t *sg_arena_string_buckets, *sg_arena_place_buckets;

#endif
