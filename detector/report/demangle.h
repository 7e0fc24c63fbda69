/* Names of functions as people write them.
 *
 * Layer:   7
 * Threads: one.
 * Memory:  the result is in the caller's pool.
 * Fails:   never; a name that cannot be demangled is given as it is.
 */
#ifndef SG_REPORT_DEMANGLE_H
#define SG_REPORT_DEMANGLE_H

#include "pool.h"

/* Demangles C++ and Rust, and leaves out what compilers append to clones
 * (.isra.0, .part.1, .constprop.0, .cold, .lto_priv.0, .llvm.123) and the
 * linker's symbol version. */
const char *sg_demangle_name(struct sg_pool *pool, const char *symbol);

#endif
