/* The objects that are loaded: program and libraries, in load order.
 *
 * dl_iterate_phdr() waits for the loader's lock. In a forked child that lock
 * may be held for ever, by a thread that the child does not have; there the
 * loader's list is read without it, as long as the child has not been through
 * the loader itself: until then nothing can change the list.
 *
 * Layer:   4
 * Threads: any; not in a signal handler, as the loader's lock may be taken.
 * Memory:  none.
 * Fails:   an object without symbols is left out.
 */
#ifndef SG_OBJECTS_H
#define SG_OBJECTS_H

#include "symbols.h"

/* Called by the constructor, before other libraries' constructors run; calls
 * `each` for the objects after ours, without their bounds. */
void sg_objects_start(void (*each)(const struct sg_elf *elf));

/* The last object that was there when the program started. */
extern const ElfW(Dyn) * sg_objects_last_at_start;

/* This library's own tables; empty before sg_objects_start(). */
extern struct sg_elf sg_objects_self;

/* Libc's own function of this name, whatever comes before it; NULL if it has none. */
void *sg_objects_of_libc(const char *name);

/* Calls `each` for every object until it returns true. `is_vforked` says that
 * this is the child of a vfork, whose parent's threads run on. */
void sg_objects_each(bool (*each)(void *context, const struct sg_elf *elf), void *context, bool is_vforked);

/* True if an object that comes between us and this one, as what is preloaded
 * after us does, has a function of this name without a version: the loader
 * takes that one wherever it looks. */
bool sg_objects_interpose(const struct sg_elf *elf, const char *name, bool is_vforked);

/* Says that this process goes through the loader now. */
void sg_objects_loader_called(void);

/* How often a library was loaded, and unloaded, in this process. */
unsigned long long sg_objects_loads(void);
unsigned long long sg_objects_unloads(void);

static inline bool sg_elf_holds(const struct sg_elf *elf, uintptr_t address)
{
    return address >= elf->start && address < elf->end;
}

#endif
