/* The helper: the sessguard command as a file. What runs at the end is the very
 * file that was there at the start, or nothing: after a chroot(2), in another
 * mount namespace or behind a rename its path may name a stranger's.
 *
 * Layer:   12
 * Threads: the constructor; later one process of our own.
 * Memory:  static.
 * Fails:   a helper that is not there, or not the same, is not run.
 */
#ifndef SG_HELPER_H
#define SG_HELPER_H

#include "base.h"

/* Remembers which file it is: `own` if it is not empty, otherwise the one beside
 * this library. A relative path starts from the working directory. */
void sg_helper_start(const char *own);

/* True if the root directory and the file are still those of the start. */
bool sg_helper_is_same(void);

/* Becomes the helper. Returns only where that fails: -ESTALE if it is another
 * file by now, otherwise what the kernel said. */
long sg_helper_become(const char *const *arguments, char **environment);

#endif
