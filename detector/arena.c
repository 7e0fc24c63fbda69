#include "arena.h"
#include "sys.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

#define PAGE UINT64_C(65536) /* the largest that Linux has on aarch64; sections begin on whole ones */
#define TICK_NS 1000000U
#define MIB (UINT64_C(1) << 20)

static struct sg_arena_marker none;
struct sg_arena_marker *sg_arena_marker = &none;
struct sg_layout *sg_arena;
uint32_t sg_arena_epoch;
void (*sg_arena_prepared)(void);
uint32_t *sg_arena_string_buckets, *sg_arena_place_buckets;

static uint64_t started_coarse_ns;
static size_t mapped_size;
static int turn;                        /* of the thread that prepares */
static uint32_t state_behind_bar;       /* atomic: what the state is when it is taken back */
static uint64_t committed[SG_SECTIONS]; /* atomic: bytes that may be touched, from the start of each */

/* Descriptors up to 2M, handles 4M, stacks 1M: what a big server needs. The
 * small plan is for processes whose address space is limited. */
static const uint64_t full_plan[SG_SECTIONS] = {
    [SG_SECTION_STRINGS] = 32 * MIB,     [SG_SECTION_KINDS] = 256 * sizeof(struct sg_kind_entry),
    [SG_SECTION_MODULES] = MIB,          [SG_SECTION_PLACES] = 128 * MIB,
    [SG_SECTION_DESCRIPTORS] = 64 * MIB, [SG_SECTION_HANDLES] = 240 * MIB,
};
static const uint64_t small_plan[SG_SECTIONS] = {
    [SG_SECTION_STRINGS] = 2 * MIB,     [SG_SECTION_KINDS] = 256 * sizeof(struct sg_kind_entry),
    [SG_SECTION_MODULES] = MIB,         [SG_SECTION_PLACES] = 8 * MIB,
    [SG_SECTION_DESCRIPTORS] = 4 * MIB, [SG_SECTION_HANDLES] = 8 * MIB,
};
static const uint32_t entry_sizes[SG_SECTIONS] = {
    [SG_SECTION_STRINGS] = 8,
    [SG_SECTION_KINDS] = sizeof(struct sg_kind_entry),
    [SG_SECTION_MODULES] = sizeof(struct sg_module),
    [SG_SECTION_PLACES] = 8,
    [SG_SECTION_DESCRIPTORS] = sizeof(struct sg_record),
    [SG_SECTION_HANDLES] = sizeof(struct sg_handle),
};

static uint64_t whole_pages(uint64_t size) { return (size + PAGE - 1) & ~(uint64_t)(PAGE - 1); }

#define BUCKET_BYTES (sizeof(uint32_t) * 2 * SG_ARENA_BUCKETS)

static struct sg_layout *map_plan(const uint64_t *plan)
{
    struct sg_layout *arena;
    uint64_t offsets[SG_SECTIONS];
    uint64_t size = whole_pages(sizeof(struct sg_layout));
    for (unsigned id = 0; id < SG_SECTIONS; id++) {
        offsets[id] = size;
        size += whole_pages(plan[id]);
    }
    char *memory = sg_sys_reserve(size + BUCKET_BYTES);
    if (!memory)
        return NULL;
    if (!sg_sys_open(memory, offsets[0]) || !sg_sys_open(memory + size, BUCKET_BYTES)) {
        sg_sys_unmap(memory, size + BUCKET_BYTES);
        return NULL;
    }
    mapped_size = size + BUCKET_BYTES;
    arena = (void *)memory;
    sg_arena_string_buckets = (void *)(memory + size);
    sg_arena_place_buckets = sg_arena_string_buckets + SG_ARENA_BUCKETS;
    for (unsigned id = 0; id < SG_SECTIONS; id++) {
        arena->sections[id].offset = offsets[id];
        arena->sections[id].capacity = plan[id];
    }
    return arena;
}

static void fill_header(void)
{
    sg_arena->magic = SG_LAYOUT_MAGIC;
    sg_arena->version = SG_LAYOUT_VERSION;
    sg_arena->header_size = sizeof *sg_arena;
    sg_arena->pid = sg_sys_pid();
    sg_arena->ppid = (int32_t)sg_sys0(SYS_getppid);
    /* Tick 0 is a millisecond ago: a record that opens now has tick 1, and its
     * life cannot be mistaken for the marks 0 and 1. */
    sg_arena->started_ns = sg_sys_real_ns() - TICK_NS;
    started_coarse_ns = sg_sys_coarse_ns() - TICK_NS;
    for (unsigned id = 0; id < SG_SECTIONS; id++)
        sg_arena->sections[id].entry_size = entry_sizes[id];
}

static bool map_arena(void)
{
    struct rlimit limit = {0};
    sg_sys4(SYS_prlimit64, 0, RLIMIT_AS, 0, &limit);
    struct sg_layout *arena = limit.rlim_cur == RLIM_INFINITY ? map_plan(full_plan) : NULL;
    if (!arena)
        arena = map_plan(small_plan);
    struct sg_arena_marker *marker = arena ? sg_sys_map(PAGE) : NULL;
    if (!marker)
        return false;
    /* Before Linux 4.14 a child cannot be told from its parent in this way;
     * it then reports its parent's sessions too, but never closes them. */
    (void)sg_sys3(SYS_madvise, marker, PAGE, MADV_WIPEONFORK);
    marker->state = SG_ARENA_PREPARING;
    __atomic_store_n(&sg_arena_marker, marker, __ATOMIC_RELEASE);
    /* Last, when all is there: another thread may fork at any moment, and the
     * child goes on with an arena that it finds. */
    __atomic_store_n(&sg_arena, arena, __ATOMIC_RELEASE);
    return true;
}

/* A forked child: the records are its parent's. Dropping the pages also drops
 * what would otherwise be copied one by one. */
static void empty_arena(void)
{
    struct sg_section sections[SG_SECTIONS];
    for (unsigned id = 0; id < SG_SECTIONS; id++) {
        sections[id] = sg_arena->sections[id];
        sections[id].size = 0;
    }
    (void)sg_sys3(SYS_madvise, sg_arena, mapped_size, MADV_DONTNEED);
    memcpy(sg_arena->sections, sections, sizeof sections);
}

static void refuse_if_barred(void)
{
    if (!sg_sys_is_barred())
        return;
    uint32_t state = __atomic_exchange_n(&sg_arena_marker->state, SG_ARENA_REFUSED, __ATOMIC_SEQ_CST);
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
    if (__atomic_sub_fetch(&sg_sys_barred, 1, __ATOMIC_SEQ_CST) == 0)
        __atomic_store_n(&sg_arena_marker->state, __atomic_load_n(&state_behind_bar, __ATOMIC_SEQ_CST),
                         __ATOMIC_SEQ_CST);
}

bool sg_arena_prepare(void)
{
    if (sg_arena_state() == SG_ARENA_REFUSED || !sg_sys_take_turn(&turn))
        return false;
    uint32_t state = sg_arena_state();
    if (state == SG_ARENA_NEW || state == SG_ARENA_PREPARING) {
        if (!sg_arena)
            state = map_arena() ? SG_ARENA_READY : SG_ARENA_REFUSED;
        else {
            empty_arena();
            state = SG_ARENA_READY;
        }
        if (state == SG_ARENA_READY) {
            fill_header();
            /* Offset 0 of a heap means "none", so the heaps begin at 8. */
            (void)sg_arena_grow(SG_SECTION_STRINGS, 8);
            (void)sg_arena_grow(SG_SECTION_PLACES, 8);
            sg_arena_epoch++;
            if (sg_arena_prepared)
                sg_arena_prepared();
        }
        __atomic_store_n(&sg_arena_marker->state, state, __ATOMIC_SEQ_CST);
        refuse_if_barred(); /* by another thread, meanwhile */
    }
    sg_sys_end_turn(&turn);
    return state == SG_ARENA_READY;
}

/* What was only reserved becomes memory in steps, so that a program that locks
 * all of its memory (mlockall(2)) does not lock all that we might ever need. */
static bool commit(enum sg_section_id id, uint64_t end)
{
    uint64_t before = __atomic_load_n(&committed[id], __ATOMIC_ACQUIRE);
    uint64_t capacity = sg_arena->sections[id].capacity;
    if (SG_UNLIKELY(end > capacity))
        return false;
    if (SG_LIKELY(end <= before))
        return true;
    uint64_t after = (end + MIB - 1) / MIB * MIB;
    if (after > whole_pages(capacity))
        after = whole_pages(capacity);
    if (!sg_sys_open((char *)sg_arena_at(id, before), after - before))
        return false;
    while (before < after && !__atomic_compare_exchange_n(&committed[id], &before, after, false,
                                                          __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
    }
    return true;
}

uint32_t sg_arena_take(enum sg_section_id id, size_t size)
{
    struct sg_section *section = &sg_arena->sections[id];
    uint64_t offset = __atomic_load_n(&section->size, __ATOMIC_RELAXED);
    do {
        if (!commit(id, offset + size)) {
            __atomic_fetch_or(&sg_arena->flags, SG_FLAG_TRUNCATED, __ATOMIC_RELAXED);
            return 0;
        }
    } while (!__atomic_compare_exchange_n(&section->size, &offset, offset + size, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return (uint32_t)offset;
}

bool sg_arena_grow(enum sg_section_id id, uint64_t size)
{
    if (!commit(id, size)) {
        __atomic_fetch_or(&sg_arena->flags, SG_FLAG_TRUNCATED, __ATOMIC_RELAXED);
        return false;
    }
    uint64_t *used = &sg_arena->sections[id].size;
    uint64_t old = __atomic_load_n(used, __ATOMIC_RELAXED);
    while (old < size &&
           !__atomic_compare_exchange_n(used, &old, size, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return true;
}

uint32_t sg_arena_tick(void) { return (uint32_t)((sg_sys_coarse_ns() - started_coarse_ns) / TICK_NS); }
