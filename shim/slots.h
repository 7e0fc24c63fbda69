/* The references of a loaded object to functions, and where they lead.
 *
 * Layer:   5
 * Threads: any; the object must stay loaded meanwhile, as within
 *          sg_objects_each(). Others may call through a reference at any time.
 * Memory:  none; the object's own pages are written, those that the loader has
 *          made read-only after mprotect(2), which is taken back.
 * Fails:   what cannot be made writable stays as it is.
 */
#ifndef SG_SLOTS_H
#define SG_SLOTS_H

#include "symbols.h"

/* What a reference of `elf` to the function `name`, which leads to `now`, should
 * lead to; NULL leaves it. A call that is not bound yet leads into `elf` itself,
 * and has `is_call`. */
typedef void *sg_slots_target(const struct sg_elf *elf, const char *name, uintptr_t now, bool is_call);

/* Leads all references of an object that the loader has finished. */
void sg_slots_lead(const struct sg_elf *elf, sg_slots_target *target);

/* For sg_slots_lead(): a library that calls functions of its own through our
 * hooks calls them itself. Nothing of that is ever watched. */
sg_slots_target sg_slots_inward;

#endif
