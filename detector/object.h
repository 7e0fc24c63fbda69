/* Which loaded object (program or shared library) holds an address. Takes no
 * lock where glibc offers _dl_find_object() (2.35 and later); elsewhere it
 * goes through dl_iterate_phdr(), which takes the loader's write lock.
 *
 * Layer:   2
 * Threads: any; in a signal handler only with _dl_find_object().
 * Memory:  none of ours but 512 bytes; the object belongs to the loader and may
 *          go with dlclose().
 * Fails:   returns false for an address in no object (JIT code, a stack).
 */
#ifndef SG_OBJECT_H
#define SG_OBJECT_H

#include "base.h"
#include <link.h>

struct sg_object {
    uintptr_t base;              /* load bias */
    uintptr_t start;             /* first mapped address */
    uintptr_t end;               /* one past the last */
    const uint8_t *eh_frame_hdr; /* NULL where the object has no unwind table */
    const struct link_map *map;  /* NULL without _dl_find_object() */
    const ElfW(Phdr) * parts;    /* the program headers, where somebody has told them; else NULL */
    unsigned n_parts;
};

/* What can be read around an address: [low, high). */
struct sg_part {
    uintptr_t low, high;
};

bool sg_object_find(uintptr_t address, struct sg_object *object);

/* The readable segment of the object that holds `address`, as far as it comes
 * from the file. Whoever follows an address or an offset that stands in an
 * object's tables asks first: tables may be damaged, and between an object's
 * segments nothing may be mapped. Where the program headers cannot be found,
 * as some tools move them, it is the page of the address and the next one,
 * which are tried. Returns false for what cannot be read. */
bool sg_object_part(const struct sg_object *object, uintptr_t address, struct sg_part *part);

/* The same of headers that are known already. */
bool sg_object_part_of(const struct sg_object *object, uintptr_t address, struct sg_part *part);

/* Fills in `parts`, if they can be found. */
bool sg_object_find_parts(struct sg_object *object);

/* True where that takes no lock. */
bool sg_object_is_lock_free(void);

/* Runs `work` under the loader's lock, while no library can go: only then may
 * the memory of one be read that the calling thread is not in. */
void sg_object_keep_all(void (*work)(void));

/* The build-id in the object's notes. Returns its size, 0 where there is none. */
size_t sg_object_build_id(const struct sg_object *object, uint8_t *id, size_t size);

#endif
