/* The libraries that families found in this process. Each has a number, which
 * a record keeps: a handle is used and closed by the library that made it.
 *
 * Layer:   10
 * Threads: any.
 * Memory:  a static table.
 * Fails:   number 0 when the table is full of libraries that open handles
 *          came from.
 */
#ifndef SG_PROVIDER_H
#define SG_PROVIDER_H

#include "objects.h"

/* A library that is loaded again is another one, as handles of the first may
 * still be open. */
#define SG_PROVIDERS 250

/* The number of a loaded library; it gets one if it has none. 0 stands for
 * libc, which needs no number. */
uint8_t sg_provider_number(const struct sg_elf *elf);

/* Its tables, which are only there while it is loaded. */
const struct sg_elf *sg_provider_elf(uint8_t provider);

/* True if the address lies in this library. */
bool sg_provider_holds(uint8_t provider, uintptr_t address);

/* The number of the library that the address lies in, 0 if it is none of these. */
uint8_t sg_provider_at(uintptr_t address);
static inline bool sg_provider_is_code(uintptr_t address) { return sg_provider_at(address) != 0; }

/* True if the object that starts there is this library, or one it needs. */
bool sg_provider_includes(uint8_t provider, uintptr_t object);

/* True once it was unloaded and that was noticed; costs one load. */
extern bool sg_provider_gone[SG_PROVIDERS]; /* atomic */
static inline bool sg_provider_is_gone(uint8_t provider)
{
    return __atomic_load_n(&sg_provider_gone[provider], __ATOMIC_RELAXED);
}

/* True while the library is still where it was. */
bool sg_provider_is_loaded(uint8_t provider);

/* Tells that libraries may have gone. */
void sg_provider_unloaded(void);

/* Marks the modules of these libraries, whose frames are not the ones that a
 * reader wants to see first. */
void sg_provider_mark_families(void);

/* Set by hook.c: called with a number that is about to mean another library. */
extern void (*sg_provider_recycled)(uint8_t provider);

/* The same, called once a library has its number. */
extern void (*sg_provider_added)(const struct sg_elf *elf);

#endif
