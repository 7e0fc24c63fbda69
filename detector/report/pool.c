#include "pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../layout.h"

/* Under AddressSanitizer each piece has a chunk of its own, so that a read
 * past its end is seen and not hidden by the neighbour. */
#if defined(__SANITIZE_ADDRESS__)
#define CHUNK_SIZE ((size_t)1)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHUNK_SIZE ((size_t)1)
#endif
#endif
#ifndef CHUNK_SIZE
#define CHUNK_SIZE ((size_t)64 * 1024)
#endif

struct sg_pool_chunk {
    struct sg_pool_chunk *older;
    size_t size;
    _Alignas(16) unsigned char bytes[];
};

static _Noreturn void fail(void)
{
    static const char line[] = "sessguard: out of memory while writing the report\n";
    ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);
    (void)ignored;
    _exit(SG_VERDICT_UNWRITTEN);
}

void *sg_pool_take(struct sg_pool *pool, size_t size)
{
    if (size > SIZE_MAX / 2)
        fail();
    size = (size + 15) & ~(size_t)15;
    if (!pool->chunks || pool->chunks->size - pool->used < size) {
        size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        struct sg_pool_chunk *chunk = calloc(1, sizeof(*chunk) + room);
        if (!chunk)
            fail();
        chunk->older = pool->chunks;
        chunk->size = room;
        pool->chunks = chunk;
        pool->used = 0;
    }
    void *piece = pool->chunks->bytes + pool->used;
    pool->used += size;
    return piece;
}

void *sg_pool_array(struct sg_pool *pool, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        fail();
    return sg_pool_take(pool, total);
}

char *sg_pool_copy(struct sg_pool *pool, const char *text, size_t length)
{
    char *copy = sg_pool_take(pool, length + 1);
    if (length > 0)
        memcpy(copy, text, length);
    return copy;
}

char *sg_pool_format(struct sg_pool *pool, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        fail();
    char *text = sg_pool_take(pool, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void sg_pool_reset(struct sg_pool *pool)
{
    if (!pool->chunks)
        return;
    struct sg_pool older = {.chunks = pool->chunks->older};
    sg_pool_free(&older);
    pool->chunks->older = NULL;
    memset(pool->chunks->bytes, 0, pool->used);
    pool->used = 0;
}

void sg_pool_free(struct sg_pool *pool)
{
    while (pool->chunks) {
        struct sg_pool_chunk *older = pool->chunks->older;
        free(pool->chunks);
        pool->chunks = older;
    }
    pool->used = 0;
}
