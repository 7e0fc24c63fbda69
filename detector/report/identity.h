/* The id of a leak: the same in every build and on every machine, as long as
 * the functions that lead to the place keep their names.
 *
 * Layer:   11
 * Threads: no state.
 * Memory:  none.
 * Fails:   never.
 */
#ifndef SG_REPORT_IDENTITY_H
#define SG_REPORT_IDENTITY_H

#include "group.h"

/* A hash of the kind and of function and module names, from the frame to look
 * at to main or to where the thread started. The leak has its frames. */
uint64_t sg_identity_hash(const struct sg_leak *leak);

#endif
