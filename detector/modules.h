/* The loaded objects that frames lie in, so that a frame keeps its meaning
 * when its library is unloaded or another is loaded at the same place.
 *
 * Layer:   5
 * Threads: any, also signal handlers; lock-free.
 * Memory:  the arena's module section.
 * Fails:   module 0, unknown, when the section is full.
 */
#ifndef SG_MODULES_H
#define SG_MODULES_H

#include "layout.h"
#include "object.h"

/* The module that holds `address`, and its offset in it. For an address in no
 * object it is a block of 4 GiB, so that the offset always fits. */
uint16_t sg_modules_find(uintptr_t address, uint32_t *offset);

/* Both in one number: the module above bit 32, the offset below. */
static inline uint64_t sg_modules_position(uintptr_t address)
{
    uint32_t offset = 0;
    uint64_t module = sg_modules_find(address, &offset);
    return module << 32 | offset;
}

/* The module for frames of scripts, whose offsets are strings. */
uint16_t sg_modules_script(void);

/* A library may be going from now on; sg_modules_settled() says whether one
 * did. Modules that are no longer where they were are then marked, and later
 * ones there become modules of their own. */
void sg_modules_unsettle(void);
void sg_modules_settle(bool is_changed);

/* Modules without a build-id are told from others by their files, as these were when the
 * module was first seen. That may have been too late: so before a report is made this
 * asks the kernel what is mapped, and marks those whose path leads to another file. `text` is
 * room for the longest line. */
void sg_modules_check_files(char *text, size_t size);

/* What is remembered of addresses, and what was derived from it, is void. */
void sg_modules_void(void);

/* Marks the module of an object as a family's library. */
void sg_modules_mark_family(const struct sg_object *object);

/* True if the program was started by naming the loader first. To the kernel
 * the loader is then the executable, and its path the first argument. */
bool sg_modules_is_run_by_loader(void);

/* Writes the path of the program, unterminated; returns its length, 0 if it
 * is not known. */
size_t sg_modules_executable(char *path, size_t size);

/* In a forked child: what another thread of the parent had begun to note is never finished,
 * and is noted again when it is met. */
void sg_modules_forked(void);

/* Changes whenever addresses may have got another meaning. What is remembered
 * of an address carries the number that was read before, and holds while it is
 * the same; nothing is remembered while addresses are unsettled. */
extern uint32_t sg_modules_generation; /* atomic */
static inline bool sg_modules_is_settled(uint32_t generation) { return (generation & 0xff) == 0; }

#endif
