/* Memory that is taken piece by piece and given back all at once. The command
 * lives for one report, so nothing in it frees single pieces.
 *
 * Layer:   5
 * Threads: a pool belongs to one thread.
 * Memory:  malloc; sg_pool_free() gives everything back.
 * Fails:   out of memory ends the process with SG_VERDICT_UNWRITTEN, which
 *          makes the library print the report itself.
 */
#ifndef SG_REPORT_POOL_H
#define SG_REPORT_POOL_H

#include "../base.h"

struct sg_pool {
    struct sg_pool_chunk *chunks;
    size_t used; /* bytes of the newest chunk that are taken */
};

/* Zeroed memory, aligned for any type. */
void *sg_pool_take(struct sg_pool *pool, size_t size);

/* The same for an array; a product that overflows counts as out of memory. */
void *sg_pool_array(struct sg_pool *pool, size_t count, size_t size);

/* A terminated copy of `length` bytes. */
char *sg_pool_copy(struct sg_pool *pool, const char *text, size_t length);

char *sg_pool_format(struct sg_pool *pool, const char *format, ...) SG_PRINTF(2, 3);

/* Ends the use of all pieces, and keeps memory for the next ones. */
void sg_pool_reset(struct sg_pool *pool);

void sg_pool_free(struct sg_pool *pool);

#endif
