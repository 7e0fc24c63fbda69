/* What an object finds beyond the program's own scope: a plug-in and the
 * libraries that were loaded with it find functions in each other.
 *
 * Layer:   11
 * Threads: any that may wait for the loader.
 * Memory:  a static list; where two threads look at once, a mapped one.
 * Fails:   false.
 */
#ifndef SG_REACH_H
#define SG_REACH_H

#include "objects.h"

/* True if the object of the caller was loaded with one that defines this
 * function, other than us. */
bool sg_reach_finds(uintptr_t caller, const char *name);

#endif
