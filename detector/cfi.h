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

/* Makes `frame` its caller's. After SG_CFI_START and SG_CFI_UNKNOWN it is
 * unchanged. */
enum sg_cfi sg_cfi_step(struct sg_cfi_frame *frame);

#endif
