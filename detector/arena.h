/* The arena: one piece of address space that holds all that is known of open
 * handles, in the layout of layout.h. It is mapped on the first
 * tracked call. On the first one in a forked child, which is noticed without a
 * system call as the kernel wipes a marker page at fork, what the parent had open
 * becomes inherited; where it had nothing open the arena is emptied.
 *
 * A process that another one made by vfork(2), or by clone(2) with CLONE_VM,
 * runs in memory that is not its own. The marker has the number of the process
 * whose memory it is; whoever has another number must change nothing here.
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

enum sg_arena_state {
    SG_ARENA_NEW,
    SG_ARENA_PREPARING,
    SG_ARENA_READY,
    SG_ARENA_REFUSED,
    SG_ARENA_SHARED /* ready, but who calls may be another process, in our memory */
};

/* All of it is zero again in a forked child. */
struct sg_arena_marker {
    uint32_t state; /* atomic: enum sg_arena_state */
    int32_t pid;    /* atomic: the process whose memory this is, 0 not known yet */
    uint32_t
        guests; /* atomic: other processes that may run in our memory, but have descriptors of their own */
    bool has_no_futexes; /* atomic: see sg_arena_is_ours() */
};

/* The kernel wipes whole pages. */
#if defined(__x86_64__)
#define SG_ARENA_MARKER_SIZE 4096
#else
#define SG_ARENA_MARKER_SIZE 65536
#endif
extern union sg_arena_page {
    struct sg_arena_marker marker;
    unsigned char bytes[SG_ARENA_MARKER_SIZE];
} sg_arena_page;

extern struct sg_layout *sg_arena;
extern uint32_t
    sg_arena_epoch; /* changes with every fork: what a thread remembers of the arena is void then */

/* The process that this one's inherited records were copied from, 0 if there are none. */
extern int sg_arena_parent;

/* Called once the arena is ready, by the thread that prepared it:
 * the detector puts its kinds in. */
extern void (*sg_arena_prepared)(void);

/* Says whose memory this is; called by the constructor, and where it may not be known yet
 * although another process is about to run in it. */
void sg_arena_claim(void);

/* True in the process whose memory this is. Costs a system call or two. Reads nothing of
 * the thread's own, which a guest may not have. */
bool sg_arena_is_ours(void);

/* A process with descriptors of its own is about to run in our memory, beside us, and is
 * gone again. */
void sg_arena_guest_comes(void);
void sg_arena_guest_goes(void);

bool sg_arena_prepare(void);

static inline uint32_t sg_arena_state(void)
{
    return __atomic_load_n(&sg_arena_page.marker.state, __ATOMIC_ACQUIRE);
}

/* True in a guest. Costs nothing where there is none. */
static inline bool sg_arena_is_foreign(void)
{
    return SG_UNLIKELY(__atomic_load_n(&sg_arena_page.marker.guests, __ATOMIC_RELAXED) > 0) &&
           !sg_arena_is_ours();
}

/* True if the arena can be used now. Every tracked call asks this first. */
static inline bool sg_arena_enter(void)
{
    if (SG_LIKELY(sg_arena_state() == SG_ARENA_READY))
        return true;
    return sg_arena_prepare();
}

/* True if this process has tracked anything since it began or was forked. */
static inline bool sg_arena_is_used(void)
{
    uint32_t state = sg_arena_state();
    return SG_LIKELY(state == SG_ARENA_READY) || (state == SG_ARENA_SHARED && sg_arena_is_ours());
}

/* True in a forked child that has tracked nothing yet: the records are its parent's. */
static inline bool sg_arena_is_inherited(void)
{
    return SG_UNLIKELY(sg_arena != NULL) && sg_arena_state() == SG_ARENA_NEW;
}

/* True if there are records to be looked at and changed, be they inherited. */
static inline bool sg_arena_has_records(void)
{
    return SG_LIKELY(sg_arena_is_used()) || (sg_arena_is_inherited() && sg_arena_prepare());
}

/* Nothing may be recorded, looked at or reported from here on, also in children:
 * the process gives up system calls. sg_arena_unbar() takes one of these back. */
void sg_arena_bar(void);
void sg_arena_unbar(void);

/* The program has locked all its memory: keeps ours out of that from now on. */
void sg_arena_unlock(void);

static inline void *sg_arena_at(enum sg_section_id id, uint64_t offset)
{
    return (char *)sg_arena + sg_arena->sections[id].offset + offset;
}

/* Takes `size` bytes, a multiple of 8, off a heap section. Returns their
 * offset in it, 0 when it is full. */
uint32_t sg_arena_take(enum sg_section_id id, size_t size);

/* The same, but it must leave room for `spared` bytes. */
uint32_t sg_arena_take_sparing(enum sg_section_id id, size_t size, uint64_t spared);

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

/* What places.c keeps, zero at first; not part of a snapshot. */
#define SG_ARENA_REST 4096U
extern void *sg_arena_rest;

#endif
