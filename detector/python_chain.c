/* The frames that a thread is in.
 *
 * Layer:   6
 */
#include "python.h"
#include "python_layout.h"

#include <string.h>

static bool is_on_stack(uintptr_t address, uintptr_t low, uintptr_t high)
{
    return address > low && address < high && address % sizeof(uintptr_t) == 0;
}

/* ---- calls on sessions ---- */

static struct {
    uintptr_t code;
    unsigned kind;
} functions[64];
static unsigned n_functions;    /* atomic */
static uint64_t functions_mask; /* atomic: a bit for each code object, to know most others at once */

static uint64_t mask_of(uintptr_t code) { return UINT64_C(1) << (code >> 5 & 63); }

void sg_python_note_function(uintptr_t code, unsigned kind)
{
    unsigned count = n_functions;
    if (count == SG_COUNT(functions))
        return;
    functions[count].code = code;
    functions[count].kind = kind;
    __atomic_store_n(&n_functions, count + 1, __ATOMIC_RELEASE);
    __atomic_fetch_or(&functions_mask, mask_of(code), __ATOMIC_RELEASE);
}

#define CELL_CONTENT 16U

/* An argument that an inner function uses, too, lies in a cell. */
static SG_NOINLINE void add_call(struct sg_python_chain *chain, uintptr_t frame, uintptr_t code,
                                 unsigned step)
{
    unsigned count = __atomic_load_n(&n_functions, __ATOMIC_ACQUIRE);
    for (unsigned i = 0; i < count && chain->n_calls < SG_PYTHON_CALLS; i++) {
        if (functions[i].code != code)
            continue;
        uintptr_t self =
            sg_python_reference(&sg_python_fields, sg_python_word(frame, sg_python_fields.locals));
        if (self && sg_python_word(self, SG_PYTHON_TYPE) == (uintptr_t)sg_python_symbols.PyCell_Type)
            self = sg_python_word(self, CELL_CONTENT);
        chain->calls[chain->n_calls++] = (struct sg_python_call){functions[i].kind, self, step};
        return;
    }
}

/* ---- the frames ---- */

/* Where a walk is. Its functions are made once for each version whose layout is known, so
 * that the offsets stand in the instructions: frames are most of what an open costs here. */
struct walk {
    const struct sg_python_fields *fields;
    struct sg_python_chain *chain;
    uint64_t mask; /* functions_mask */
    uintptr_t cfa, low, high;
    unsigned depth;
    unsigned count, n_frames; /* of the chain, like the next two: they stay in registers */
    uint64_t hash;
    bool is_cut;
};
#define INLINE static inline __attribute__((always_inline))

INLINE void add_step(struct walk *walk, uintptr_t code, uintptr_t at)
{
    struct sg_python_step *step = &walk->chain->steps[walk->count++];
    step->code = code;
    step->at = at;
    uint64_t hash = (walk->hash ^ at) * UINT64_C(0x9E3779B97F4A7C15);
    walk->hash = hash ^ hash >> 32;
}

/* A frame that has not come to its first line yet is not shown, as Python itself does
 * it; such is the one below an __init__ that the evaluator of 3.13 calls by itself. */
INLINE bool is_incomplete(const struct sg_python_fields *fields, uintptr_t frame, uintptr_t code,
                          uintptr_t at)
{
    int first;
    const char *where = (const char *)code + fields->first_traceable; /* NOLINT(performance-no-int-to-ptr) */
    memcpy(&first, where, sizeof first);
    return at < code + fields->instructions + (uintptr_t)first * 2 &&
           sg_python_byte(frame, fields->owner) != SG_PYTHON_OWNED_BY_GENERATOR;
}

/* Once there are `depth` frames, or no room but for the mark, the rest is left out. */
INLINE void add_frame(struct walk *walk, uintptr_t frame)
{
    const struct sg_python_fields *fields = walk->fields;
    uintptr_t code = sg_python_reference(fields, sg_python_word(frame, fields->code));
    uintptr_t at = sg_python_word(frame, fields->instruction);
    if (!code || is_incomplete(fields, frame, code, at))
        return;
    if (SG_UNLIKELY(walk->mask & mask_of(code)))
        add_call(walk->chain, frame, code, walk->count);
    if (walk->n_frames == walk->depth || walk->count >= SG_PYTHON_STEPS - 1) {
        walk->is_cut = true;
        return;
    }
    add_step(walk, code, at);
    walk->n_frames++;
}

/* Marks lie ever further up the stack: one that does not belongs to an
 * interpreter that this thread is not in now. */
INLINE bool add_mark(struct walk *walk, uintptr_t mark)
{
    if (!is_on_stack(mark, walk->low, walk->high))
        return false;
    walk->low = mark;
    if (walk->count == SG_PYTHON_STEPS)
        walk->is_cut = true;
    else
        add_step(walk, 0, mark - walk->cfa);
    return true;
}

/* Of 3.11: each call of the evaluator has a record on the stack. */
INLINE bool follow_records(struct walk *walk, uintptr_t record)
{
    const struct sg_python_fields *fields = walk->fields;
    /* The thread's own record, for when there is no frame, lies elsewhere. */
    if (!is_on_stack(record, walk->low, walk->high))
        return sg_python_word(record, fields->record_frame) == 0;
    uintptr_t frame = sg_python_word(record, fields->record_frame);
    while (frame) {
        add_frame(walk, frame);
        bool is_entry = sg_python_byte(frame, fields->is_entry);
        frame = sg_python_word(frame, fields->previous);
        if (!is_entry)
            continue;
        if (!add_mark(walk, record))
            return false;
        if (walk->is_cut) /* the mark of what there is is all that is needed */
            return true;
        record = sg_python_word(record, fields->record_previous);
        if (frame && (!is_on_stack(record, walk->low, walk->high) ||
                      sg_python_word(record, fields->record_frame) != frame))
            return false;
    }
    return true;
}

/* Later: it has a frame there that runs nothing. */
INLINE bool follow_frames(struct walk *walk, uintptr_t frame, uintptr_t base)
{
    const struct sg_python_fields *fields = walk->fields;
    for (; frame && frame != base; frame = sg_python_word(frame, fields->previous)) {
        if (sg_python_byte(frame, fields->owner) < SG_PYTHON_OWNED_BY_INTERPRETER)
            add_frame(walk, frame);
        else if (!add_mark(walk, frame))
            return false;
        else if (walk->is_cut) /* the mark of what there is is all that is needed */
            return true;
    }
    return true;
}

/* What a thread's frames begin with, and what ends them: 0, or a frame that runs nothing. */
struct ends {
    uintptr_t first, base;
};

INLINE bool follow(struct walk *walk, struct ends ends)
{
    if (sg_python_version == 0x030b) {
        walk->fields = &sg_python_layouts[0];
        return follow_records(walk, ends.first);
    }
    if (sg_python_version == 0x030c) {
        walk->fields = &sg_python_layouts[1];
        return follow_frames(walk, sg_python_word(ends.first, walk->fields->record_frame), 0);
    }
    walk->fields = &sg_python_fields;
    return follow_frames(walk, ends.first, ends.base);
}

/* Both are the same where the thread runs no Python code. */
INLINE struct ends own_ends(void)
{
    uintptr_t thread = (uintptr_t)sg_python_symbols.PyGILState_GetThisThreadState();
    if (!thread)
        return (struct ends){0, 0};
    uintptr_t base = sg_python_fields.thread_base ? sg_python_word(thread, sg_python_fields.thread_base) : 0;
    return (struct ends){sg_python_word(thread, sg_python_fields.thread_frame), base};
}

bool sg_python_is_running(void)
{
    struct ends ends = own_ends();
    return ends.first != ends.base &&
           (!sg_python_fields.is_record || sg_python_word(ends.first, sg_python_fields.record_frame) != 0);
}

enum sg_python sg_python_chain(uintptr_t cfa, uintptr_t high, unsigned depth, struct sg_python_chain *chain)
{
    chain->n_calls = 0;
    struct ends ends = own_ends();
    if (ends.first == ends.base)
        return SG_PYTHON_NONE;
    uint64_t mask = __atomic_load_n(&functions_mask, __ATOMIC_RELAXED);
    struct walk walk = {.chain = chain, .mask = mask, .cfa = cfa, .low = cfa, .high = high, .depth = depth};
    bool is_good = follow(&walk, ends);
    chain->count = walk.count;
    chain->n_frames = walk.n_frames;
    chain->hash = walk.hash;
    chain->is_cut = walk.is_cut;
    if (!is_good)
        return SG_PYTHON_UNSURE;
    return chain->count > 0 ? SG_PYTHON_READ : SG_PYTHON_NONE;
}
