/* The loader: what is looked up by name, what is loaded out of our sight, and
 * what is unloaded.
 *
 * Layer:   14
 * Threads: any that may wait for the loader.
 * Memory:  none of its own.
 * Fails:   what cannot be led to a hook is what it was.
 */
#ifndef SG_LOADER_H
#define SG_LOADER_H

#include <stdbool.h>

/* True if libraries were loaded into a namespace of their own, where nothing
 * can be seen. */
bool sg_loader_has_namespaces(void);

/* For who looks for a library that may be loaded later; set by the constructor, if at all.
 * The first is called at the first look-up after one was loaded, which nearly every host
 * of plug-ins makes at once; the second before one may be unloaded, and after that. */
extern void (*sg_loader_loaded)(void);
extern void (*sg_loader_unloads)(bool is_over);

#endif
