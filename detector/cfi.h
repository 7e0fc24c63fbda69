/* One step of stack unwinding by the call frame information that compilers
 * write into .eh_frame. Reads memory only: no lock, no allocation, no system
 * call, so it may run in a signal handler, in a forked child and while the
 * loader is busy, which no unwinding library could promise.
 *
 * Rules: System V ABI x86-64 3.7, "DWARF for the Arm 64-bit Architecture",
 * DWARF 5 section 6.4, and the Linux Standard Base for .eh_frame_hdr.
 *
 * Layer:   3
 * Threads: any, also signal handlers.
 * Memory:  about 3 KB of stack.
 * Fails:   never guesses: what it does not know is SG_CFI_UNKNOWN.
 */
#ifndef SG_CFI_H
#define SG_CFI_H

#include "base.h"

#if defined(__x86_64__)
#define SG_CFI_REGISTERS 17 /* 16 is the return address */
#define SG_CFI_SP 7
#define SG_CFI_FP 6
#define SG_CFI_RETURN 16
#elif defined(__aarch64__)
#define SG_CFI_REGISTERS 32
#define SG_CFI_SP 31
#define SG_CFI_FP 29
#define SG_CFI_RETURN 30
#endif

struct sg_cfi_frame {
    uintptr_t pc;         /* where this frame executes or will resume */
    bool is_interrupted;  /* pc is an interrupted instruction, not a return address */
    uintptr_t reg[SG_CFI_REGISTERS];
    uintptr_t low, high; /* stack that may be read: [low, high) */
};

enum sg_cfi {
    SG_CFI_STEPPED,
    SG_CFI_START,   /* this frame is where the program or thread began */
    SG_CFI_UNKNOWN, /* no rule for it, or a rule that is not understood */
};

/* What one step does, where only the stack and the frame pointer are involved,
 * as in nearly all code. Offsets count from the CFA, which is where the caller's
 * stack pointer will be. */
struct sg_cfi_rule {
    int32_t cfa;      /* offset from the stack or the frame pointer */
    int32_t ra, fp;   /* where the return address, and the frame pointer, are saved */
    bool is_from_fp;  /* the CFA counts from the frame pointer */
    bool is_fp_saved; /* else it still has the caller's value */
    bool is_start;    /* nobody called this */
};

/* The rule for the frame that `pc` will return to. Returns false where there
 * is none, or it needs the whole of sg_cfi_step(). */
bool sg_cfi_find_rule(uintptr_t pc, struct sg_cfi_rule *rule);

/* On aarch64 a return address may carry a signature in its high bits; this
 * takes it off. */
uintptr_t sg_cfi_strip(uintptr_t address);

/* Makes `frame` its caller's. After SG_CFI_START and SG_CFI_UNKNOWN it is
 * unchanged. */
enum sg_cfi sg_cfi_step(struct sg_cfi_frame *frame);

#endif
