#include "stack.h"
#include "cfi.h"
#include "dwarf.h"
#include "memo.h"
#include "sys.h"
#include "unwind_rules.h"

/* The loader's record of where the main thread's stack begins; weak, because
 * other C libraries have none. */
extern void *__libc_stack_end __attribute__((weak));

#define STEP 4096U                       /* the smallest page */
#define MAIN_STACK (UINT64_C(64) << 20)  /* bytes below its beginning where nothing else is mapped */
#define THREAD_STACK (UINT64_C(1) << 20) /* bytes that one look at a thread's stack goes through */
#define FRAME_MAX (UINT64_C(64) << 10)   /* bytes that are looked through for the end of a frame */

/* The part of a stack that is known to be readable. Callers' frames lie above
 * the stack pointer, up to the beginning of the stack; but nobody says where
 * that is if the stack is a coroutine's or a signal's, and what lies beyond may
 * not be mapped. Such a stack is tried page by page as frames are followed. */
struct window {
    uintptr_t low, high;
    bool is_whole; /* up to the beginning of the stack */
};

static uintptr_t main_thread;
static bool is_checked;

/* What this thread has found out about its own stack, at whose upper end glibc
 * keeps the thread's descriptor. */
static SG_THREAD_LOCAL uintptr_t own_low;   /* from here on it can be read; 0 not known */
static SG_THREAD_LOCAL uintptr_t own_floor; /* below this it cannot */

/* The stack that was known last: whole between these. */
static SG_THREAD_LOCAL uintptr_t known_low, known_high;

void sg_stack_start(bool check)
{
    is_checked = check;
#ifdef SG_ALWAYS_CHECK_STACKS
    is_checked = true;
#endif
    main_thread = (uintptr_t)__builtin_thread_pointer();
    sg_sys_start();
}

static uintptr_t page_of(uintptr_t address) { return address & ~(uintptr_t)(STEP - 1); }

/* True if all lies readable between `sp` and the thread's descriptor: then it
 * is the thread's own stack. */
static SG_NOINLINE bool is_own_stack(uintptr_t sp, uintptr_t thread)
{
    uintptr_t low = own_low ? own_low : page_of(thread);
    if (thread == main_thread || sp < own_floor || low - page_of(sp) > THREAD_STACK)
        return false;
    while (low > page_of(sp)) {
        if (!sg_sys_is_readable(low - STEP)) {
            own_floor = low;
            break;
        }
        low -= STEP;
    }
    own_low = low;
    return low <= sp;
}

static struct window whole(uintptr_t low, uintptr_t sp, uintptr_t high)
{
    known_low = low;
    known_high = high;
    return (struct window){sp, high, true};
}

static SG_NOINLINE struct window find_window(uintptr_t sp)
{
    uintptr_t thread = (uintptr_t)__builtin_thread_pointer();
    uintptr_t main_stack = &__libc_stack_end ? (uintptr_t)__libc_stack_end : 0;
    if (main_stack > sp && (main_stack - sp < MAIN_STACK || sg_sys_is_emulated) &&
        !(thread > sp && thread < main_stack))
        return whole(sp, sp, main_stack);
    if (thread > sp && (sg_sys_is_emulated || (own_low && sp >= own_low) || is_own_stack(sp, thread)))
        return whole(sp, sp, thread);
    return (struct window){sp, page_of(sp - 1) + STEP, false};
}

static inline struct window window_at(uintptr_t sp)
{
    if (SG_LIKELY(sp >= known_low && sp < known_high))
        return (struct window){sp, known_high, true};
    return find_window(sp);
}

/* Makes the window reach up to `end`, if it can. */
static SG_NOINLINE bool widen(struct window *window, uintptr_t end)
{
    if (window->is_whole || end <= window->high || end - window->high > FRAME_MAX)
        return false;
    while (window->high < end) {
        if (!sg_sys_is_readable(window->high))
            return false;
        window->high += STEP;
    }
    return true;
}

static inline __attribute__((always_inline)) bool load(struct window *window, uintptr_t address,
                                                       uintptr_t *value)
{
    return SG_LIKELY(sg_dwarf_load(address, window->low, window->high, value)) ||
           (widen(window, address + sizeof *value) &&
            sg_dwarf_load(address, window->low, window->high, value));
}

/* Reads the registers as they are now: the values that callers expect back. */
static inline __attribute__((always_inline)) void read_registers(struct sg_cfi_frame *frame)
{
    *frame = (struct sg_cfi_frame){.is_interrupted = true};
#if defined(__x86_64__)
    uintptr_t pc;
    __asm__ volatile("leaq 0(%%rip), %0\n\t"
                     "movq %%rbx, 24(%1)\n\t"
                     "movq %%rbp, 48(%1)\n\t"
                     "movq %%rsp, 56(%1)\n\t"
                     "movq %%r12, 96(%1)\n\t"
                     "movq %%r13, 104(%1)\n\t"
                     "movq %%r14, 112(%1)\n\t"
                     "movq %%r15, 120(%1)"
                     : "=&r"(pc)
                     : "r"(frame->reg)
                     : "memory");
#elif defined(__aarch64__)
    uintptr_t pc;
    uintptr_t sp;
    __asm__ volatile("adr %0, .\n\t"
                     "mov %1, sp\n\t"
                     "stp x19, x20, [%2, 152]\n\t"
                     "stp x21, x22, [%2, 168]\n\t"
                     "stp x23, x24, [%2, 184]\n\t"
                     "stp x25, x26, [%2, 200]\n\t"
                     "stp x27, x28, [%2, 216]\n\t"
                     "stp x29, x30, [%2, 232]\n\t"
                     "str %1, [%2, 248]"
                     : "=&r"(pc), "=&r"(sp)
                     : "r"(frame->reg)
                     : "memory");
#endif
    frame->pc = pc;
}

/* Bytes below the stack pointer that a signal leaves alone. An epilogue that
 * was interrupted has popped registers that its rules still find there. */
#if defined(__x86_64__)
#define RED_ZONE 128U
#else
#define RED_ZONE 0U
#endif

/* A walk by the whole of the call frame information. */
struct full_walk {
    struct sg_cfi_frame frame;
    struct window window;
};

static void begin_walk(struct full_walk *walk) { walk->window = window_at(walk->frame.reg[SG_CFI_SP]); }

/* Where nothing can be tried, only what is known is believed. */
static bool can_read(uintptr_t address)
{
    return (address >= known_low && address < known_high) || sg_sys_is_emulated ||
           (!sg_sys_is_barred() && sg_sys_is_readable(address));
}

/* Goes on where a signal interrupted: on whatever stack that was. Its stack
 * pointer is what a table says, and that may be damaged. */
static bool begin_interrupted(struct full_walk *walk)
{
    uintptr_t sp = walk->frame.reg[SG_CFI_SP];
    if (!can_read(sp))
        return false;
    begin_walk(walk);
    if (page_of(sp - RED_ZONE) == page_of(sp) || can_read(sp - RED_ZONE))
        walk->window.low -= RED_ZONE;
    return true;
}

static enum sg_cfi step_within(struct full_walk *walk)
{
    walk->frame.low = walk->window.low;
    walk->frame.high = walk->window.high;
    return sg_cfi_step(&walk->frame);
}

static enum sg_cfi step(struct full_walk *walk)
{
    /* Most frames are small. Where one is not, it shows. */
    uintptr_t sp = walk->frame.reg[SG_CFI_SP];
    (void)widen(&walk->window, sp + STEP);
    enum sg_cfi result = step_within(walk);
    if (result != SG_CFI_UNKNOWN || walk->window.is_whole)
        return result;
    uintptr_t before = walk->window.high;
    (void)widen(&walk->window, page_of(sp) + FRAME_MAX);
    return walk->window.high == before ? result : step_within(walk);
}

#define OWN_FRAMES 64U /* more than there can be */

/* Leaves our own frames behind: up to the frame that called the hook. */
static bool reach_site(struct full_walk *walk, const struct sg_site *site)
{
    const struct sg_cfi_frame *frame = &walk->frame;
    for (unsigned i = 0; frame->reg[SG_CFI_SP] < site->cfa || frame->is_interrupted; i++)
        if (i == OWN_FRAMES || step(walk) != SG_CFI_STEPPED)
            return false;
    return frame->reg[SG_CFI_SP] == site->cfa && frame->pc == site->caller;
}

struct sg_stack sg_stack_walk(const struct sg_site *site, uintptr_t *pcs, unsigned depth)
{
    return sg_stack_walk_with(site, pcs, NULL, depth);
}

uintptr_t sg_stack_high(const struct sg_site *site)
{
    struct window window = window_at(site->cfa);
    return window.is_whole ? window.high : 0;
}

SG_NOINLINE struct sg_stack sg_stack_walk_with(const struct sg_site *site, uintptr_t *pcs, uintptr_t *sps,
                                               unsigned depth)
{
    struct full_walk walk;
    struct sg_cfi_frame *frame = &walk.frame;
    struct sg_stack stack = {.pcs = pcs, .flags = SG_PLACE_INCOMPLETE};
    read_registers(frame);
    begin_walk(&walk);
    if (!reach_site(&walk, site)) {
        if (sps)
            sps[0] = site->cfa;
        pcs[stack.count++] = site->caller - 1;
        return stack;
    }
    for (;;) {
        if (sps)
            sps[stack.count] = frame->reg[SG_CFI_SP];
        pcs[stack.count++] = frame->pc - !frame->is_interrupted;
        enum sg_cfi result = step(&walk);
        if (result != SG_CFI_STEPPED || stack.count == depth) {
            stack.flags = result == SG_CFI_START     ? 0
                          : result == SG_CFI_STEPPED ? SG_PLACE_CUT
                                                     : SG_PLACE_INCOMPLETE;
            return stack;
        }
        /* The next step stops at once where there is no stack to read. */
        if (frame->is_interrupted && !begin_interrupted(&walk))
            walk.window = (struct window){.is_whole = true};
    }
}

/* The frame pointer register on the way: where its value came from, as the
 * memo wants to know once a CFA counts from it. */
struct frame_pointer {
    uintptr_t value;
    uintptr_t saved_at; /* 0: still the register that the hook was called with */
    bool is_noted;
};

static void note_frame_pointer(struct sg_memo_note *note, struct frame_pointer *fp)
{
    if (fp->is_noted)
        return;
    fp->is_noted = true;
    if (fp->saved_at)
        sg_memo_word(note, fp->saved_at, fp->value, true);
    else
        note->uses_fp = true;
}

/* By remembered rules, which is some fifty times faster; but writes positions.
 * Returns a stack without frames where it meets one that needs more. */
static struct sg_stack walk_fast(const struct sg_site *site, struct window window, uint64_t era,
                                 uint64_t *positions, unsigned depth, struct sg_memo_note *note)
{
    struct sg_stack none = {0};
    struct sg_stack stack = {.positions = positions};
    struct frame_pointer fp = {.value = site->fp};
    uintptr_t pc = site->caller;
    for (;;) {
        struct sg_unwind_rule rule;
        if (!sg_unwind_rules_get(pc, era, &rule))
            return none;
        positions[stack.count++] = rule.position;
        if (rule.cfi.is_start)
            return stack;
        if (rule.cfi.is_from_fp)
            note_frame_pointer(note, &fp);
        uintptr_t cfa = (rule.cfi.is_from_fp ? fp.value : window.low) + (uintptr_t)(intptr_t)rule.cfi.cfa;
        uintptr_t ra_at = cfa + (uintptr_t)(intptr_t)rule.cfi.ra;
        uintptr_t ra = 0;
        if (cfa <= window.low || !load(&window, ra_at, &ra))
            return none;
        sg_memo_word(note, ra_at, ra, false);
        if (rule.cfi.is_fp_saved) {
            fp = (struct frame_pointer){.saved_at = cfa + (uintptr_t)(intptr_t)rule.cfi.fp};
            if (!load(&window, fp.saved_at, &fp.value))
                return none;
        }
        pc = sg_cfi_strip(ra);
        window.low = cfa;
        if (pc == 0)
            return stack;
        if (stack.count == depth) {
            stack.flags = SG_PLACE_CUT;
            return stack;
        }
    }
}

#define DEPTH_MAX 4096 /* frames below which nobody looks for a signal */

SG_NOINLINE bool sg_stack_is_in_signal(const struct sg_site *site)
{
    struct full_walk walk;
    read_registers(&walk.frame);
    begin_walk(&walk);
    if (!reach_site(&walk, site))
        return false;
    for (unsigned depth = 0; depth < DEPTH_MAX && step(&walk) == SG_CFI_STEPPED; depth++)
        if (walk.frame.is_interrupted)
            return true;
    return false;
}

/* Room for deep stacks, as the stack that they are found on may be small. What
 * a handler that interrupted us jumped out of is lost; then, and where more
 * threads meet, the stack must do. */
#define DEPTH_ON_STACK 32U
#define DEEP 12U

struct deep {
    bool is_taken; /* atomic */
    uintptr_t numbers[SG_STACK_DEPTH_MAX];
};

static struct deep deep[DEEP];

static struct deep *take_deep(void)
{
    for (unsigned i = 0; i < DEEP; i++)
        if (!__atomic_exchange_n(&deep[i].is_taken, true, __ATOMIC_ACQUIRE))
            return &deep[i];
    return NULL;
}

struct asked {
    unsigned kind, depth;
    const struct sg_site *site;
    struct window window;
    struct sg_memo_start start;
};

/* The numbers are positions, or else addresses. What lies on no stack that is
 * known to be mapped is not kept, as comparing it could fault. */
static uint32_t walk(const struct asked *asked, uint64_t *numbers)
{
    struct sg_memo_note note = {0};
    if (asked->window.is_whole)
        note = sg_memo_begin(&asked->start);
    struct sg_stack stack =
        walk_fast(asked->site, asked->window, asked->start.era, numbers, asked->depth, &note);
    bool is_simple = stack.count > 0;
    if (!is_simple)
        stack = sg_stack_walk(asked->site, numbers, asked->depth);
    uint32_t place = sg_places_intern(asked->kind, &stack);
    sg_memo_end(&note, &asked->start, is_simple ? place : 0);
    return place;
}

static SG_NOINLINE uint32_t walk_on_stack(const struct asked *asked)
{
    uint64_t numbers[asked->depth];
    return walk(asked, numbers);
}

static SG_NOINLINE uint32_t walk_deep(const struct asked *asked)
{
    struct deep *room = asked->depth <= SG_STACK_DEPTH_MAX ? take_deep() : NULL;
    if (!room)
        return walk_on_stack(asked);
    uint32_t place = walk(asked, room->numbers);
    __atomic_store_n(&room->is_taken, false, __ATOMIC_RELEASE);
    return place;
}

static void count(uint64_t *number) { __atomic_add_fetch(number, 1, __ATOMIC_RELAXED); }

/* The judge of the memo and of the rules: the whole of the call frame
 * information, read anew from the frame that we are in. */
static SG_NOINLINE uint32_t check(const struct asked *asked, uint32_t place, bool is_known)
{
    uintptr_t pcs[asked->depth];
    struct sg_stack stack = sg_stack_walk(asked->site, pcs, asked->depth);
    count(is_known ? &sg_arena->stacks.known : &sg_arena->stacks.walked);
    if (SG_LIKELY(sg_places_intern(asked->kind, &stack) == place) || sg_places_are_full())
        return place;
    count(&sg_arena->stacks.wrong);
#ifdef SG_ALWAYS_CHECK_STACKS
    __builtin_trap(); /* the tests are to notice, whatever they look at */
#endif
    return place;
}

uint32_t sg_stack_place(unsigned kind, const struct sg_site *site, unsigned depth)
{
    struct asked asked = {kind, depth, site, window_at(site->cfa), {0}};
    asked.start = (struct sg_memo_start){kind,     site->caller,      site->cfa,
                                         site->fp, asked.window.high, sg_unwind_rules_era()};
    uint32_t place = asked.window.is_whole ? sg_memo_find(&asked.start) : 0;
    if (SG_LIKELY(place != 0))
        return SG_UNLIKELY(is_checked) ? check(&asked, place, true) : place;
    place = depth <= DEPTH_ON_STACK ? walk_on_stack(&asked) : walk_deep(&asked);
    return SG_UNLIKELY(is_checked) ? check(&asked, place, false) : place;
}
