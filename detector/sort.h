/* Sorting and searching of plain numbers, in place.
 *
 * Layer:   1
 * Threads: any.
 * Memory:  none; libc's qsort() may call malloc().
 * Fails:   never.
 */
#ifndef SG_SORT_H
#define SG_SORT_H

#include "base.h"

/* Sorts ascending. */
void sg_sort(uint64_t *numbers, size_t count);

/* True if `wanted` is among the sorted numbers; its index then goes to
 * `index`, if that is not NULL. */
bool sg_sort_find(const uint64_t *numbers, size_t count, uint64_t wanted, size_t *index);

#endif
