#include "python_stack.h"
#include "handles.h"
#include "modules.h"
#include "places.h"
#include "python.h"
#include "sys.h"

#include <limits.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

/* ---- the memo ---- */

#define KEPT 64U /* steps of a chain */
#define WAYS 4U
#define SETS 192U

/* As in memo.c: the sequence is odd while the entry is being written. */
struct entry {
    uint32_t sequence; /* atomic, like all that follows */
    uint32_t native, place, era;
    uint32_t count;
    uint32_t is_foreign;
    struct sg_python_step steps[KEPT];
};

static struct entry *entries; /* atomic */
static uint32_t n_kept;       /* atomic */

static bool has_steps(const struct entry *entry, const struct sg_python_chain *chain)
{
    for (unsigned i = 0; i < chain->count; i++)
        if (__atomic_load_n(&entry->steps[i].code, __ATOMIC_ACQUIRE) != chain->steps[i].code ||
            __atomic_load_n(&entry->steps[i].at, __ATOMIC_ACQUIRE) != chain->steps[i].at)
            return false;
    return true;
}

static uint32_t place_for(const struct entry *entry, uint32_t native, uint32_t era,
                          const struct sg_python_chain *chain, bool *is_foreign)
{
    uint32_t sequence = __atomic_load_n(&entry->sequence, __ATOMIC_ACQUIRE);
    if ((sequence & 1) || __atomic_load_n(&entry->native, __ATOMIC_ACQUIRE) != native ||
        __atomic_load_n(&entry->era, __ATOMIC_ACQUIRE) != era ||
        __atomic_load_n(&entry->count, __ATOMIC_ACQUIRE) != chain->count || !has_steps(entry, chain))
        return 0;
    uint32_t place = __atomic_load_n(&entry->place, __ATOMIC_ACQUIRE);
    *is_foreign = __atomic_load_n(&entry->is_foreign, __ATOMIC_ACQUIRE) != 0;
    return __atomic_load_n(&entry->sequence, __ATOMIC_RELAXED) == sequence ? place : 0;
}

static struct entry *all_entries(void)
{
    struct entry *there = __atomic_load_n(&entries, __ATOMIC_ACQUIRE);
    if (SG_LIKELY(there != NULL))
        return there;
    const size_t size = sizeof(struct entry) * SETS * WAYS;
    struct entry *fresh = sg_sys_map(size);
    if (fresh &&
        !__atomic_compare_exchange_n(&entries, &there, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        sg_sys_unmap(fresh, size);
        return there;
    }
    return fresh;
}

/* What was asked, and where the answer is, or is to be kept. */
struct question {
    uint32_t native, era;
    struct sg_python_chain chain;
    struct entry *set; /* NULL: it is not kept */
    bool is_foreign;   /* the answer, too: within the innermost call on a session the program's
                          own code runs, as a callback, and what it opens is the program's */
};

static uint32_t find(struct question *question)
{
    const struct sg_python_chain *chain = &question->chain;
    struct entry *all = chain->count <= KEPT ? all_entries() : NULL;
    uint64_t hash = (chain->hash ^ question->native) * UINT64_C(0x9E3779B97F4A7C15);
    question->set = all ? &all[(hash >> 40) % SETS * WAYS] : NULL;
    for (unsigned way = 0; question->set && way < WAYS; way++) {
        uint32_t place =
            place_for(&question->set[way], question->native, question->era, chain, &question->is_foreign);
        if (place)
            return place;
    }
    return 0;
}

static void keep(const struct question *question, uint32_t place)
{
    if (!question->set || !place)
        return;
    struct entry *entry = NULL;
    for (unsigned way = 0; way < WAYS && !entry; way++)
        if (__atomic_load_n(&question->set[way].era, __ATOMIC_RELAXED) != question->era)
            entry = &question->set[way];
    if (!entry)
        entry = &question->set[__atomic_add_fetch(&n_kept, 1, __ATOMIC_RELAXED) % WAYS];
    uint32_t sequence = __atomic_load_n(&entry->sequence, __ATOMIC_RELAXED);
    if ((sequence & 1) || !__atomic_compare_exchange_n(&entry->sequence, &sequence, sequence + 1, false,
                                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    __atomic_store_n(&entry->native, question->native, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->era, question->era, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->count, question->chain.count, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->place, place, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->is_foreign, question->is_foreign, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < question->chain.count; i++) {
        __atomic_store_n(&entry->steps[i].code, question->chain.steps[i].code, __ATOMIC_RELEASE);
        __atomic_store_n(&entry->steps[i].at, question->chain.steps[i].at, __ATOMIC_RELEASE);
    }
    __atomic_add_fetch(&entry->sequence, 1, __ATOMIC_RELEASE);
}

/* ---- a new stack ---- */

struct merging {
    const struct sg_python_chain *chain;
    unsigned step; /* of the chain, the next one */
    uint64_t *positions;
    unsigned count, depth;
    uint64_t script; /* the module of Python's frames, where it stands in a position */
    unsigned end;    /* after the last frame that is worth showing */
    unsigned own;    /* step of the first frame of the program's own code */
    bool is_wrong;
};

static void add(struct merging *merging, uint64_t position, bool is_shown)
{
    if (merging->count == merging->depth)
        return;
    merging->positions[merging->count++] = position;
    if (is_shown)
        merging->end = merging->count;
}

static bool is_mark(const struct sg_python_step *step) { return step->code == 0; }

/* The directories where Python keeps what it comes with, and what was installed; what is
 * built into it has a name of another form. All else is the program's own. */
static bool is_programs(uint32_t frame)
{
    const struct sg_string *string = sg_arena_at(SG_SECTION_STRINGS, frame);
    const char *file = (const char *)string->bytes + sizeof(uint32_t);
    return frame && !strstr(file, "/lib/python") && !strstr(file, "/dist-packages/") &&
           !strstr(file, "/site-packages/") && strncmp(file, "<frozen ", 8) != 0;
}

/* The Python frames up to the next mark. */
static void add_frames(struct merging *merging)
{
    const struct sg_python_chain *chain = merging->chain;
    for (; merging->step < chain->count && !is_mark(&chain->steps[merging->step]); merging->step++) {
        uint32_t frame = sg_python_frame(&chain->steps[merging->step]);
        merging->is_wrong |= !frame;
        if (chain->n_calls > 0 && merging->own > merging->step && is_programs(frame))
            merging->own = merging->step;
        add(merging, merging->script | frame, true);
    }
}

/* True if the next mark lies in this part of the stack: 0 if there is no mark. */
static bool has_mark(const struct merging *merging, uintptr_t low, uintptr_t high)
{
    const struct sg_python_chain *chain = merging->chain;
    for (unsigned i = merging->step; i < chain->count; i++)
        if (is_mark(&chain->steps[i]))
            return chain->steps[i].at >= low && chain->steps[i].at < high;
    return false;
}

static uintptr_t object_of(uintptr_t address)
{
    struct sg_object object;
    return sg_object_find(address, &object) ? object.start : 0;
}

/* True if the object is the interpreter, or a part of it that it loads when needed: the
 * modules of its library that are written in C, and an event loop in place of its own.
 * They call back into Python in more than one way, which would be places of their own. */
static bool is_interpreter(const struct sg_object *object, uintptr_t interpreter)
{
    const char *path = object->map ? object->map->l_name : NULL;
    return object->start == interpreter ||
           (path && (strstr(path, "/lib-dynload/") || strstr(path, "/uvloop/loop.")));
}

static void merge(struct merging *merging, const struct sg_stack *stack, const uintptr_t *sps, uintptr_t cfa,
                  uintptr_t high)
{
    uintptr_t interpreter = object_of(sg_python_address());
    uintptr_t libc = object_of((uintptr_t)&getpid);
    uintptr_t ours = object_of((uintptr_t)&sg_python_place); /* what stands for a function of Python's */
    for (unsigned i = 0; i < stack->count && !merging->is_wrong && merging->count < merging->depth; i++) {
        if (merging->chain->is_cut && merging->step == merging->chain->count)
            return;
        struct sg_object object = {0};
        (void)sg_object_find(stack->pcs[i], &object);
        uintptr_t end = i + 1 < stack->count ? sps[i + 1] : high;
        if (has_mark(merging, sps[i] - cfa, end - cfa)) {
            add_frames(merging);
            merging->step++;
        } else if (sg_python_is_evaluator(stack->pcs[i])) {
            /* Another interpreter's. Since 3.12 a thread's frames are those of the innermost
             * one, which ends where that one was called. */
            merging->is_wrong = merging->step < merging->chain->count;
            return;
        } else if (!is_interpreter(&object, interpreter) && object.start != ours) {
            /* What starts a program or a thread says nothing below Python's frames. */
            add(merging, sg_modules_position(stack->pcs[i]), object.start != libc && i + 1 < stack->count);
        }
    }
}

/* Python ran, but not to be seen. */
static uint32_t without(uint32_t native)
{
    const struct sg_place *place = sg_places_get(native);
    if (!sg_places_hold(native))
        return native; /* void: who asked asks again */
    uint64_t positions[place->frames + 1];
    for (unsigned i = 0; i < place->frames; i++)
        positions[i] = (uint64_t)sg_place_modules(place)[i] << 32 | sg_place_offsets(place)[i];
    struct sg_stack stack = {.positions = positions, .count = place->frames};
    stack.flags = place->flags | SG_PLACE_NO_SCRIPT;
    uint32_t number = sg_places_intern(place->kind, &stack);
    sg_places_release(native);
    return number;
}

static SG_NOINLINE uint32_t read_stack(struct question *question, unsigned kind, const struct sg_site *site,
                                       unsigned depth)
{
    uintptr_t pcs[SG_STACK_DEPTH_MAX];
    uintptr_t sps[SG_STACK_DEPTH_MAX];
    uint64_t positions[depth];
    uintptr_t high = sg_stack_high(site);
    struct sg_stack stack = sg_stack_walk_with(site, pcs, sps, SG_STACK_DEPTH_MAX);
    struct merging merging = {
        .chain = &question->chain, .positions = positions, .depth = depth, .own = UINT_MAX};
    uint16_t script = sg_modules_script();
    merging.script = (uint64_t)script << 32;
    merge(&merging, &stack, sps, site->cfa, high);
    question->is_foreign = question->chain.n_calls > 0 && merging.own < question->chain.calls[0].step;
    bool is_full = merging.count == depth;
    bool is_used = merging.step == question->chain.count;
    if (!script || merging.is_wrong || (!is_full && !is_used && stack.flags == 0))
        return without(question->native);
    struct sg_stack merged = {.positions = positions, .count = is_full ? depth : merging.end};
    merged.flags = is_full || question->chain.is_cut ? SG_PLACE_CUT : stack.flags;
    return sg_places_intern(kind, &merged);
}

/* The session in whose call the thread is. Of those that may belong to others the
 * outermost, and one that may not before them. */
static struct sg_handle *owner_of(const struct question *question, unsigned kind)
{
    const struct sg_python_chain *chain = &question->chain;
    const struct sg_kind_entry *kinds = sg_arena_at(SG_SECTION_KINDS, 0);
    struct sg_handle *owner = NULL;
    if (question->is_foreign && (kinds[kind].flags & SG_KIND_DESCRIPTOR))
        return NULL;
    for (unsigned i = 0; i < chain->n_calls; i++) {
        const struct sg_python_call *call = &chain->calls[i];
        struct sg_handle *slot = sg_handles_find(call->kind, call->self);
        bool is_owned = kinds[call->kind].flags & SG_KIND_OWNED;
        if (slot && !is_owned)
            return slot;
        if (slot)
            owner = slot;
    }
    return owner;
}

uint32_t sg_python_place(uint32_t native, unsigned kind, const struct sg_site *site, unsigned depth,
                         struct sg_handle **owner)
{
    struct question question; /* not to be cleared, as it has room for a long chain */
    question.native = native;
    question.era = __atomic_load_n(&sg_python_era, __ATOMIC_ACQUIRE) + (sg_places_era() << 16);
    question.set = NULL;
    question.is_foreign = false;
    uintptr_t high = sg_stack_high(site);
    if (!native)
        return 0;
    if (!sg_python_enter())
        return sg_python_has_thread() ? without(native) : native;
    enum sg_python state = sg_python_chain(site->cfa, high, depth, &question.chain);
    uint32_t place = native;
    if (state == SG_PYTHON_UNSURE) {
        question.chain.count = 0;
        question.chain.hash = 0;
    }
    if (state != SG_PYTHON_NONE) {
        place = find(&question);
        if (!place) {
            place = state == SG_PYTHON_READ ? read_stack(&question, kind, site, depth) : without(native);
            keep(&question, place);
        }
    }
    if (SG_UNLIKELY(question.chain.n_calls > 0) && state == SG_PYTHON_READ)
        *owner = owner_of(&question, kind);
    sg_python_leave();
    return place;
}
