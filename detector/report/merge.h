/* Finds places that are one and the same in the source: an unrolled loop, or
 * a function that was copied into two callers, has several addresses for the
 * call that a reader sees once.
 *
 * Layer:   12
 * Threads: one.
 * Memory:  in the caller's pool.
 * Fails:   never.
 */
#ifndef SG_REPORT_MERGE_H
#define SG_REPORT_MERGE_H

#include "frame.h"
#include "group.h"

/* The leaks have their frames. Returns for each place number the number of the
 * place that stands for it, itself in most cases; NULL if nothing is to be
 * merged. */
uint32_t *sg_merge_places(struct sg_pool *pool, const struct sg_snapshot *snapshot,
                          const struct sg_leak *leaks, size_t count);

/* Hands the frames that were looked up for `from` on to the leaks of a
 * grouping by merged places. */
void sg_merge_frames(struct sg_pool *pool, const struct sg_leak *from, size_t from_count,
                     struct sg_leak *leaks, size_t count);

#endif
