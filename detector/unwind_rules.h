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

#include "arena.h"
#include "cfi.h"
#include "modules.h"

struct sg_unwind_rule {
    struct sg_cfi_rule cfi;
    uint64_t position; /* of the call, as sg_modules_position() gives it */
};

/* Changes whenever what was derived from rules has become void. 0 says that
 * nothing is to be kept at this moment. */
static inline uint64_t sg_unwind_rules_era(void)
{
    uint32_t generation = __atomic_load_n(&sg_modules_generation, __ATOMIC_ACQUIRE);
    return SG_LIKELY(sg_modules_is_settled(generation)) ? (uint64_t)generation << 32 | sg_arena_epoch : 0;
}

/* The rule for a return address, at this era. */
bool sg_unwind_rules_get(uintptr_t pc, uint64_t era, struct sg_unwind_rule *rule);

#endif
