/* Gives the stacks of leaks their functions, files and lines.
 *
 * Layer:   11
 * Threads: one.
 * Memory:  in the caller's pool.
 * Fails:   never; a frame of which nothing is known keeps module and offset.
 */
#ifndef SG_REPORT_SYMBOLIZE_H
#define SG_REPORT_SYMBOLIZE_H

#include "frame.h"
#include "group.h"

/* Fills `frames` and `look_at` of each leak. Without `look_up` the frames have
 * modules and offsets only. */
void sg_symbolize_leaks(struct sg_pool *pool, const struct sg_snapshot *snapshot, struct sg_leak *leaks,
                        size_t count, bool look_up);

#endif
