#include "arena.h"
#include "sys.h"

#include <string.h>
#include <sys/mman.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

#define PAGE UINT64_C(65536) /* the largest that Linux has on aarch64; sections begin on whole ones */
#define TICK_NS 1000000U
#define MIB (UINT64_C(1) << 20)
#define FAR (UINT64_C(1) << 38) /* 256 GB */
#define SPARED 16384U

union sg_arena_page sg_arena_page __attribute__((aligned(SG_ARENA_MARKER_SIZE)));
#define MARKER (&sg_arena_page.marker)
struct sg_layout *sg_arena;
uint32_t sg_arena_epoch;
int sg_arena_parent;
void (*sg_arena_prepared)(void);
uint32_t *sg_arena_string_buckets, *sg_arena_place_buckets;
void *sg_arena_rest;

static uint64_t started_coarse_ns;
static struct sg_turn turn;             /* of the thread that prepares */
static uint32_t state_behind_bar;       /* atomic: what the state is when it is taken back */
static struct sg_turn growing;          /* of the thread that maps more */
static uint64_t committed[SG_SECTIONS]; /* atomic: bytes that are mapped, from the start of each */
static bool is_unlocked;                /* atomic: what is mapped may not stay locked */
static uint32_t is_growing;             /* atomic: this may be mapped, which `committed` does not say yet */
static struct {
    enum sg_section_id id;
    uint64_t before, after;
} growth;

/* Descriptors up to 2M, handles 4M, stacks 1M: what a big server needs. */
static const uint64_t plan[SG_SECTIONS] = {
    [SG_SECTION_STRINGS] = 32 * MIB,     [SG_SECTION_KINDS] = 256 * sizeof(struct sg_kind_entry),
    [SG_SECTION_MODULES] = 2 * MIB,      [SG_SECTION_PLACES] = 128 * MIB,
    [SG_SECTION_DESCRIPTORS] = 64 * MIB, [SG_SECTION_HANDLES] = 240 * MIB,
    [SG_SECTION_INDEX] = 64 * MIB,       [SG_SECTION_MEMO] = 4 * MIB,
};
static const uint32_t entry_sizes[SG_SECTIONS] = {
    [SG_SECTION_STRINGS] = 8,
    [SG_SECTION_KINDS] = sizeof(struct sg_kind_entry),
    [SG_SECTION_MODULES] = sizeof(struct sg_module),
    [SG_SECTION_PLACES] = 8,
    [SG_SECTION_DESCRIPTORS] = sizeof(struct sg_record),
    [SG_SECTION_HANDLES] = sizeof(struct sg_handle),
    [SG_SECTION_INDEX] = sizeof(uint32_t),
    [SG_SECTION_MEMO] = 8,
};

static uint64_t whole_pages(uint64_t size) { return (size + PAGE - 1) & ~(uint64_t)(PAGE - 1); }

#define BUCKET_BYTES (sizeof(uint32_t) * 2 * SG_ARENA_BUCKETS)

#define HEADER_BYTES (PAGE + BUCKET_BYTES)
_Static_assert(sizeof(struct sg_layout) <= PAGE - SG_ARENA_REST && BUCKET_BYTES % PAGE == 0,
               "the header is in whole pages");

static uintptr_t address_of(const struct sg_layout *arena, enum sg_section_id id, uint64_t offset)
{
    return (uintptr_t)arena + arena->sections[id].offset + offset;
}

static void unlock(uintptr_t address, uint64_t size)
{
    if (SG_UNLIKELY(__atomic_load_n(&is_unlocked, __ATOMIC_RELAXED)) && size && !sg_sys_is_barred())
        (void)sg_sys2(SYS_munlock, address, size);
}

void sg_arena_unlock(void)
{
    struct sg_layout *arena = __atomic_load_n(&sg_arena, __ATOMIC_ACQUIRE);
    __atomic_store_n(&is_unlocked, true, __ATOMIC_RELAXED);
    if (!arena)
        return;
    unlock((uintptr_t)arena, HEADER_BYTES);
    for (unsigned id = 0; id < SG_SECTIONS; id++)
        unlock(address_of(arena, id, 0), __atomic_load_n(&committed[id], __ATOMIC_ACQUIRE));
}

/* What a section may grow into is not kept: the program's limits on address
 * space, data and locked memory are the program's. It is taken when it is
 * needed, in steps as large as what is there, up to 1 MB. Where something else
 * lies by then, the section is full. */
static bool commit(const struct sg_layout *arena, enum sg_section_id id, uint64_t end)
{
    if (SG_UNLIKELY(end > arena->sections[id].capacity))
        return false;
    if (SG_LIKELY(end <= __atomic_load_n(&committed[id], __ATOMIC_ACQUIRE)))
        return true;
    uint64_t limit = whole_pages(arena->sections[id].capacity);
    if (!sg_sys_take_turn(&growing))
        return false;
    uint64_t before = committed[id];
    if (end > before) {
        uint64_t step = before < PAGE ? PAGE : before < MIB ? before : MIB;
        uint64_t after = whole_pages(end);
        if (after < before + step)
            after = before + step < limit ? before + step : limit;
        growth = (__typeof__(growth)){id, before, after};
        __atomic_store_n(&is_growing, 1, __ATOMIC_SEQ_CST);
        if (sg_sys_map_at(address_of(arena, id, before), after - before)) {
            unlock(address_of(arena, id, before), after - before);
            __atomic_store_n(&committed[id], after, __ATOMIC_SEQ_CST);
        }
        __atomic_store_n(&is_growing, 0, __ATOMIC_SEQ_CST);
    }
    bool is_there = end <= committed[id];
    sg_sys_end_turn(&growing);
    return is_there;
}

/* A fork came in the middle of that: nobody has anything in what is not committed. */
static void undo_growth(void)
{
    if (is_growing && committed[growth.id] != growth.after)
        sg_sys_unmap((char *)sg_arena + sg_arena->sections[growth.id].offset + growth.before,
                     growth.after - growth.before);
    is_growing = 0;
}

static void unmap(struct sg_layout *arena)
{
    for (unsigned id = 0; id < SG_SECTIONS; id++) {
        if (committed[id])
            sg_sys_unmap((char *)arena + arena->sections[id].offset, committed[id]);
        committed[id] = 0;
    }
    sg_sys_unmap(arena, HEADER_BYTES);
}

/* Far below the libraries and the stacks, where the kernel maps nothing until
 * all that lies between is full; but not where sanitizers keep their own. Below
 * libraries that lie very low (under valgrind) there is no such place. */
static uintptr_t wanted_address(void)
{
    uintptr_t here = (uintptr_t)&sg_arena_page & ~(uintptr_t)(PAGE - 1);
    uintptr_t far = here / 2 < FAR ? here / 2 & ~(uintptr_t)(PAGE - 1) : FAR;
    return here > FAR / 4 ? here - far : 0;
}

static struct sg_layout *map_sections(void)
{
    uint64_t offsets[SG_SECTIONS];
    uint64_t size = HEADER_BYTES;
    for (unsigned id = 0; id < SG_SECTIONS; id++) {
        offsets[id] = size;
        size += whole_pages(plan[id]);
    }
    uintptr_t base = wanted_address();
    if (!base || !sg_sys_map_at(base, HEADER_BYTES)) {
        base = sg_sys_find_room(size);
        if (!base || !sg_sys_map_at(base, HEADER_BYTES))
            return NULL;
    }
    unlock(base, HEADER_BYTES);
    struct sg_layout *arena = (void *)base; /* NOLINT(performance-no-int-to-ptr) */
    for (unsigned id = 0; id < SG_SECTIONS; id++) {
        /* A fork may have come while its parent was here, for another address. */
        __atomic_store_n(&committed[id], 0, __ATOMIC_RELEASE);
        arena->sections[id].offset = offsets[id];
        arena->sections[id].capacity = plan[id];
    }
    /* Without these nothing can be recorded at all. */
    if (!commit(arena, SG_SECTION_STRINGS, 1) || !commit(arena, SG_SECTION_KINDS, 1) ||
        !commit(arena, SG_SECTION_PLACES, 1)) {
        unmap(arena);
        return NULL;
    }
    return arena;
}

/* A forked child goes on with its parent's clock, as the ticks of what it inherited
 * are of that. */
static void fill_header(uint32_t fork, uint64_t started_ns)
{
    sg_arena->magic = SG_LAYOUT_MAGIC;
    sg_arena->version = SG_LAYOUT_VERSION;
    sg_arena->header_size = sizeof *sg_arena;
    sg_arena->pid = __atomic_load_n(&MARKER->pid, __ATOMIC_RELAXED);
    sg_arena->ppid = (int32_t)sg_sys0(SYS_getppid);
    sg_arena->fork = fork;
    sg_arena->forked_ns = fork ? sg_sys_real_ns() : 0;
    sg_arena->started_ns = started_ns;
    if (!started_ns) {
        /* Tick 0 is a millisecond ago: a record that opens now has tick 1, and its
         * life cannot be mistaken for the marks 0 and 1. */
        sg_arena->started_ns = sg_sys_real_ns() - TICK_NS;
        started_coarse_ns = sg_sys_coarse_ns() - TICK_NS;
    }
    for (unsigned id = 0; id < SG_SECTIONS; id++)
        sg_arena->sections[id].entry_size = entry_sizes[id];
}

static bool map_arena(void)
{
    struct sg_layout *arena = map_sections();
    if (!arena)
        return false;
    sg_arena_rest = (char *)arena + PAGE - SG_ARENA_REST;
    sg_arena_string_buckets = (void *)((char *)arena + PAGE);
    sg_arena_place_buckets = sg_arena_string_buckets + SG_ARENA_BUCKETS;
    /* Last, when all is there: another thread may fork at any moment, and the
     * child goes on with an arena that it finds. */
    __atomic_store_n(&sg_arena, arena, __ATOMIC_RELEASE);
    return true;
}

/* Memory that is locked, as all is after mlockall(2), cannot be dropped. */
static void wipe(void *memory, size_t size)
{
    if (sg_sys3(SYS_madvise, memory, size, MADV_DONTNEED) != 0)
        memset(memory, 0, size);
}

#define LOOKED_AT 4096U /* records: looking at them takes microseconds */

/* A forked child asks before it uses the arena, so not all of many are looked at. */
static bool may_hold_open(void)
{
    uint64_t n_descriptors = sg_arena->sections[SG_SECTION_DESCRIPTORS].size / sizeof(struct sg_record);
    uint64_t n_handles = sg_arena->sections[SG_SECTION_HANDLES].size / sizeof(struct sg_handle);
    const struct sg_record *descriptors = sg_arena_at(SG_SECTION_DESCRIPTORS, 0);
    const struct sg_handle *handles = sg_arena_at(SG_SECTION_HANDLES, 0);
    if (n_descriptors + n_handles > LOOKED_AT)
        return true;
    for (uint64_t i = 0; i < n_descriptors; i++)
        if (sg_life_is_open(descriptors[i].life))
            return true;
    for (uint64_t i = 0; i < n_handles; i++)
        if (sg_life_is_open(handles[i].record.life))
            return true;
    return false;
}

#define FORKS 255U /* as many as a place can tell apart */

/* All that is open is inherited. */
static void make_places_first(void)
{
    uint64_t n_descriptors = sg_arena->sections[SG_SECTION_DESCRIPTORS].size / sizeof(struct sg_record);
    uint64_t n_handles = sg_arena->sections[SG_SECTION_HANDLES].size / sizeof(struct sg_handle);
    const struct sg_record *descriptors = sg_arena_at(SG_SECTION_DESCRIPTORS, 0);
    const struct sg_handle *handles = sg_arena_at(SG_SECTION_HANDLES, 0);
    for (uint64_t i = 0; i < n_descriptors + n_handles; i++) {
        uint64_t life = i < n_descriptors ? descriptors[i].life : handles[i - n_descriptors].record.life;
        struct sg_place *place = sg_arena_at(SG_SECTION_PLACES, (uint64_t)sg_life_place(life) * 8);
        if (sg_life_is_open(life) && sg_life_place(life))
            place->fork = 0;
    }
}

/* A forked child whose parent had something open: records, strings and modules stay.
 * Places are found no more, so that what the child opens has places of its own, with
 * counters of its own. */
static void keep_records(bool is_first_again)
{
    if (is_first_again)
        make_places_first();
    struct sg_section *memo = &sg_arena->sections[SG_SECTION_MEMO];
    memo->size = 0;
    if (committed[SG_SECTION_MEMO])
        wipe(sg_arena_at(SG_SECTION_MEMO, 0), committed[SG_SECTION_MEMO]);
    wipe(sg_arena_place_buckets, BUCKET_BYTES / 2);
    memset(sg_arena_rest, 0, SG_ARENA_REST);
    sg_arena->flags = 0;
    sg_arena->untracked = 0;
    sg_arena->stacks = (struct sg_stack_counts){0};
    sg_arena->places = (struct sg_place_counts){0};
}

/* A forked child whose parent had nothing open. Dropping the pages also drops what would
 * otherwise be copied one by one. */
static void empty_arena(void)
{
    struct sg_section sections[SG_SECTIONS];
    for (unsigned id = 0; id < SG_SECTIONS; id++) {
        sections[id] = sg_arena->sections[id];
        sections[id].size = 0;
        if (committed[id])
            wipe(sg_arena_at(id, 0), committed[id]);
    }
    wipe(sg_arena, HEADER_BYTES);
    memcpy(sg_arena->sections, sections, sizeof sections);
}

/* ---- whose memory this is ---- */

/* Of each of its threads libc tells the kernel where its robust futexes are
 * (get_robust_list(2)); a new process has none until its libc says so. */
static bool has_no_futexes(void)
{
    const void *list = NULL;
    size_t size = 0;
    return sg_sys3(SYS_get_robust_list, 0, &list, &size) == 0 && !list;
}

/* Before Linux 4.14, which cannot wipe, a forked child has its parent's marker
 * and is nobody: it reports nothing. */
static void claim(bool is_without)
{
    (void)sg_sys3(SYS_madvise, &sg_arena_page, sizeof sg_arena_page, MADV_WIPEONFORK);
    __atomic_store_n(&MARKER->has_no_futexes, is_without, __ATOMIC_RELAXED);
    __atomic_store_n(&MARKER->pid, sg_sys_pid(), __ATOMIC_RELEASE);
}

void sg_arena_claim(void)
{
    if (!__atomic_load_n(&MARKER->pid, __ATOMIC_ACQUIRE) && !sg_sys_is_barred())
        claim(false);
}

/* The first process of a pid namespace has the number 1, and so may its guest in another
 * one, which is then known by having no robust futexes, as a new process. */
bool sg_arena_is_ours(void)
{
    int32_t owner = __atomic_load_n(&MARKER->pid, __ATOMIC_ACQUIRE);
    if (!owner) {
        claim(sg_sys_pid() == 1 && has_no_futexes());
        return true;
    }
    int self = sg_sys_pid();
    if (self != owner || self != 1 || __atomic_load_n(&MARKER->has_no_futexes, __ATOMIC_RELAXED))
        return self == owner;
    return !has_no_futexes() || sg_sys_thread() != self;
}

static void share(uint32_t from, uint32_t to)
{
    __atomic_compare_exchange_n(&MARKER->state, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static void share_with_guests(void)
{
    if (__atomic_load_n(&MARKER->guests, __ATOMIC_SEQ_CST) > 0)
        share(SG_ARENA_READY, SG_ARENA_SHARED);
}

void sg_arena_guest_comes(void)
{
    sg_arena_claim();
    __atomic_add_fetch(&MARKER->guests, 1, __ATOMIC_SEQ_CST);
    share_with_guests();
}

/* Another may come at this very moment. */
void sg_arena_guest_goes(void)
{
    if (__atomic_sub_fetch(&MARKER->guests, 1, __ATOMIC_SEQ_CST) > 0)
        return;
    share(SG_ARENA_SHARED, SG_ARENA_READY);
    share_with_guests();
}

/* ---- the bar ---- */

static void refuse_if_barred(void)
{
    if (!sg_sys_is_barred())
        return;
    uint32_t state = __atomic_exchange_n(&MARKER->state, SG_ARENA_REFUSED, __ATOMIC_SEQ_CST);
    if (state != SG_ARENA_REFUSED)
        __atomic_store_n(&state_behind_bar, state, __ATOMIC_SEQ_CST);
}

/* Only memory is written, so it does not matter on which side of the bar. */
void sg_arena_bar(void)
{
    __atomic_add_fetch(&sg_sys_barred, 1, __ATOMIC_SEQ_CST);
    refuse_if_barred();
}

void sg_arena_unbar(void)
{
    if (__atomic_sub_fetch(&sg_sys_barred, 1, __ATOMIC_SEQ_CST) != 0)
        return;
    uint32_t state = __atomic_load_n(&state_behind_bar, __ATOMIC_SEQ_CST);
    __atomic_store_n(&MARKER->state, state == SG_ARENA_SHARED ? SG_ARENA_READY : state, __ATOMIC_SEQ_CST);
    share_with_guests();
}

bool sg_arena_prepare(void)
{
    uint32_t state = sg_arena_state();
    /* Signals must not be touched either by who is in another's memory. */
    if (state == SG_ARENA_REFUSED || sg_sys_is_barred() || !sg_arena_is_ours())
        return false;
    if (state == SG_ARENA_SHARED)
        return true;
    if (!sg_sys_take_turn(&turn))
        return false;
    state = sg_arena_state();
    if (state == SG_ARENA_NEW || state == SG_ARENA_PREPARING) {
        uint32_t fork = sg_arena ? sg_arena->fork % FORKS + 1 : 0;
        uint64_t started_ns = sg_arena ? sg_arena->started_ns : 0;
        sg_arena_parent = sg_arena ? sg_arena->pid : 0;
        if (!sg_arena)
            state = map_arena() ? SG_ARENA_READY : SG_ARENA_REFUSED;
        else {
            undo_growth();
            if (may_hold_open())
                keep_records(fork <= sg_arena->fork);
            else
                empty_arena();
            state = SG_ARENA_READY;
        }
        if (state == SG_ARENA_READY) {
            fill_header(fork, started_ns);
            /* Offset 0 of a heap means "none", so the heaps begin at 8. */
            (void)sg_arena_grow(SG_SECTION_STRINGS, 8);
            (void)sg_arena_grow(SG_SECTION_PLACES, 8);
            sg_arena_epoch++;
            if (sg_arena_prepared)
                sg_arena_prepared();
        }
        __atomic_store_n(&MARKER->state, state, __ATOMIC_SEQ_CST);
        share_with_guests();
        refuse_if_barred(); /* by another thread, meanwhile */
    }
    sg_sys_end_turn(&turn);
    return state == SG_ARENA_READY || state == SG_ARENA_SHARED;
}

uint32_t sg_arena_take(enum sg_section_id id, size_t size)
{
    uint32_t offset = sg_arena_take_sparing(id, size, 0);
    if (!offset)
        __atomic_fetch_or(&sg_arena->flags, SG_FLAG_TRUNCATED, __ATOMIC_RELAXED);
    return offset;
}

/* The system may refuse memory long before the section is full. So a part of what is
 * spared is there before it is needed, the larger the more there is to spare. */
static uint64_t ahead(uint64_t spared)
{
    uint64_t most = SPARED + spared / 1024;
    return spared < most ? spared : most;
}

uint32_t sg_arena_take_sparing(enum sg_section_id id, size_t size, uint64_t spared)
{
    struct sg_section *section = &sg_arena->sections[id];
    uint64_t offset = __atomic_load_n(&section->size, __ATOMIC_RELAXED);
    do {
        if (offset + size + spared > section->capacity ||
            !commit(sg_arena, id, offset + size + ahead(spared)))
            return 0;
    } while (!__atomic_compare_exchange_n(&section->size, &offset, offset + size, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return (uint32_t)offset;
}

bool sg_arena_grow(enum sg_section_id id, uint64_t size)
{
    bool has_room = sg_arena_wish(id, size);
    if (!has_room)
        __atomic_fetch_or(&sg_arena->flags, SG_FLAG_TRUNCATED, __ATOMIC_RELAXED);
    return has_room;
}

bool sg_arena_wish(enum sg_section_id id, uint64_t size)
{
    if (!commit(sg_arena, id, size))
        return false;
    uint64_t *used = &sg_arena->sections[id].size;
    uint64_t old = __atomic_load_n(used, __ATOMIC_RELAXED);
    while (old < size &&
           !__atomic_compare_exchange_n(used, &old, size, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return true;
}

uint32_t sg_arena_tick(void) { return (uint32_t)((sg_sys_coarse_ns() - started_coarse_ns) / TICK_NS); }
