/* Which library a function of an object is bound to, where that cannot be found
 * out again: RTLD_DEEPBIND gives an object's references to the libraries that
 * came with it.
 *
 * Layer:   11
 * Threads: any; who looks takes no lock.
 * Memory:  static: 512 functions of plug-ins that are loaded at one time.
 * Fails:   what there is no room for goes the way of every other call.
 */
#ifndef SG_BOUND_H
#define SG_BOUND_H

#include "base.h"

/* `function` stands for itself; `object` is the first address of one that is loaded. */
void sg_bound_add(const void *function, uintptr_t object, uint8_t provider);

/* The library, 0 if none was said. */
uint8_t sg_bound_to(const void *function, uintptr_t object);

/* Libraries were unloaded: forgets the objects that are gone. */
void sg_bound_unloaded(void);

#endif
