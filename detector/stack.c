#include "stack.h"
#include "cfi.h"
#include "dwarf.h"
#include "unwind_rules.h"

/* The loader's record of where the main thread's stack begins; weak, because
 * other C libraries have none. */
extern void *__libc_stack_end __attribute__((weak));

/* Callers' frames lie between here and the beginning of the stack they are
 * on. That is the main thread's, or a thread's own, at whose upper end glibc
 * keeps the thread's descriptor. On any other stack (a coroutine's, a signal's)
 * the nearer of the two is still an upper bound. */
static uintptr_t upper_bound(uintptr_t sp)
{
    uintptr_t high = UINTPTR_MAX;
    uintptr_t thread = (uintptr_t)__builtin_thread_pointer();
    uintptr_t main_stack = &__libc_stack_end ? (uintptr_t)__libc_stack_end : 0;
    if (thread > sp)
        high = thread;
    if (main_stack > sp && main_stack < high)
        high = main_stack;
    return high;
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

static void set_bounds(struct sg_cfi_frame *frame)
{
    frame->low = frame->reg[SG_CFI_SP];
    frame->high = upper_bound(frame->low);
}

/* Leaves our own frames behind: up to the frame that called the hook. */
static bool reach_site(struct sg_cfi_frame *frame, const struct sg_site *site)
{
    while (frame->reg[SG_CFI_SP] < site->cfa || frame->is_interrupted)
        if (sg_cfi_step(frame) != SG_CFI_STEPPED)
            return false;
    return frame->reg[SG_CFI_SP] == site->cfa && frame->pc == site->caller;
}

SG_NOINLINE struct sg_stack sg_stack_walk(const struct sg_site *site, uintptr_t *pcs, unsigned depth)
{
    struct sg_cfi_frame frame;
    struct sg_stack stack = {.pcs = pcs, .flags = SG_PLACE_INCOMPLETE};
    read_registers(&frame);
    set_bounds(&frame);
    if (!reach_site(&frame, site)) {
        pcs[stack.count++] = site->caller - 1;
        return stack;
    }
    for (;;) {
        pcs[stack.count++] = frame.pc - !frame.is_interrupted;
        enum sg_cfi step = sg_cfi_step(&frame);
        if (step != SG_CFI_STEPPED || stack.count == depth) {
            stack.flags = step == SG_CFI_START     ? 0
                          : step == SG_CFI_STEPPED ? SG_PLACE_CUT
                                                   : SG_PLACE_INCOMPLETE;
            return stack;
        }
        if (frame.is_interrupted) {
            set_bounds(&frame);
            frame.low -= RED_ZONE;
        }
    }
}

struct sg_stack sg_stack_walk_fast(const struct sg_site *site, uintptr_t *pcs, uint64_t *positions,
                                   unsigned depth)
{
    struct sg_stack none = {0};
    struct sg_stack stack = {.pcs = pcs, .positions = positions};
    uintptr_t pc = site->caller;
    uintptr_t sp = site->cfa;
    uintptr_t fp = site->fp;
    uintptr_t high = upper_bound(sp);
    for (;;) {
        struct sg_unwind_rule rule;
        if (!sg_unwind_rules_get(pc, &rule))
            return none;
        pcs[stack.count] = pc - 1;
        positions[stack.count++] = rule.position;
        if (rule.cfi.is_start)
            return stack;
        uintptr_t cfa = (rule.cfi.is_from_fp ? fp : sp) + (uintptr_t)(intptr_t)rule.cfi.cfa;
        uintptr_t ra = 0;
        if (cfa <= sp || !sg_dwarf_load(cfa + (uintptr_t)(intptr_t)rule.cfi.ra, sp, high, &ra) ||
            (rule.cfi.is_fp_saved && !sg_dwarf_load(cfa + (uintptr_t)(intptr_t)rule.cfi.fp, sp, high, &fp)))
            return none;
        pc = sg_cfi_strip(ra);
        sp = cfa;
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
    struct sg_cfi_frame frame;
    read_registers(&frame);
    set_bounds(&frame);
    if (!reach_site(&frame, site))
        return false;
    for (unsigned depth = 0; depth < DEPTH_MAX && sg_cfi_step(&frame) == SG_CFI_STEPPED; depth++)
        if (frame.is_interrupted)
            return true;
    return false;
}

uint32_t sg_stack_place(unsigned kind, const struct sg_site *site, unsigned depth)
{
    uintptr_t pcs[depth];
    uint64_t positions[depth];
    struct sg_stack stack = sg_stack_walk_fast(site, pcs, positions, depth);
    if (stack.count == 0)
        stack = sg_stack_walk(site, pcs, depth);
    return sg_places_intern(kind, &stack);
}
