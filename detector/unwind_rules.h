/* Unwinding rules by return address: what the call frame information says of
 * it, and which module it lies in, found once and then read in some
 * nanoseconds. A rule holds only as long as addresses keep their meaning, so
 * it carries the generation of modules.h and the arena's epoch.
 *
 * Layer:   6
 * Threads: any, also signal handlers; lock-free.
 * Memory:  a static table of 128 KB, touched where it is used.
 * Fails:   returns false where there is no simple rule.
 */
#ifndef SG_UNWIND_RULES_H
#define SG_UNWIND_RULES_H

#include "cfi.h"

struct sg_unwind_rule {
    struct sg_cfi_rule cfi;
    uint64_t position; /* of the call, as sg_modules_position() gives it */
};

/* The rule for a return address. */
bool sg_unwind_rules_get(uintptr_t pc, struct sg_unwind_rule *rule);

#endif
