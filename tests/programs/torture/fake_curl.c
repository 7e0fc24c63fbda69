/* A library that looks like libcurl and hands out as many handles as one
 * likes: a million real ones would need 10 GB. A handle is a number with no
 * memory behind it. What was closed last is handed out next, to whichever
 * thread comes, so that values are used again as quickly as they can be.
 *
 * With SMALL it is a library that comes and goes, so that its handles are
 * memory like real ones: what leaked keeps its value for itself.
 *
 * Its functions have a symbol version of their own, as libcurl's have, so that
 * the plug-in that was linked with it gets these and not libcurl's. */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

void *curl_easy_init(void);
void curl_easy_cleanup(void *handle);
void *curl_easy_duphandle(void *handle);

#ifdef SMALL
static void *open_one(void)
{
    uint64_t *handle = malloc(sizeof *handle);
    *handle = SMALL;
    return handle;
}

static void close_one(uint64_t *handle)
{
    if (*handle != SMALL)
        __builtin_trap(); /* not one of ours: the call went to the wrong library */
    *handle = 0;
    free(handle);
}
#else
#define HANDLES (1U << 21)
#define FIRST UINT64_C(0x600000000000)
#define STEP 64U

static _Atomic uint64_t top; /* number of the first free handle, 0 none; a tag in the upper half */
static _Atomic uint32_t never_used = 1;
static _Atomic uint32_t next[HANDLES]; /* behind each free handle */
static _Atomic unsigned char is_open[HANDLES];

static uint32_t pop(void)
{
    uint64_t first = top;
    while ((uint32_t)first != 0) {
        uint64_t rest = ((first >> 32) + 1) << 32 | next[(uint32_t)first];
        if (atomic_compare_exchange_weak(&top, &first, rest))
            return (uint32_t)first;
    }
    return 0;
}

static void *open_one(void)
{
    uint32_t number = pop();
    if (!number)
        number = never_used++;
    if (number >= HANDLES)
        return NULL;
    is_open[number] = 1;
    return (void *)(uintptr_t)(FIRST + (uint64_t)number * STEP);
}

static void close_one(void *handle)
{
    uint32_t number = (uint32_t)(((uint64_t)(uintptr_t)handle - FIRST) / STEP);
    if (number == 0 || number >= HANDLES || atomic_exchange(&is_open[number], 0) != 1)
        __builtin_trap(); /* not one of ours: the call went to the wrong library */
    uint64_t first = top;
    do
        next[number] = (uint32_t)first;
    while (!atomic_compare_exchange_weak(&top, &first, ((first >> 32) + 1) << 32 | number));
}
#endif

/* Of the two small ones, one has its functions at other offsets. */
#if defined(SMALL) && SMALL == 1
void *curl_easy_duphandle(void *handle) { return handle ? open_one() : NULL; }
void curl_easy_cleanup(void *handle) { close_one(handle); }
void *curl_easy_init(void) { return open_one(); }
#else
void *curl_easy_init(void) { return open_one(); }
void *curl_easy_duphandle(void *handle) { return handle ? open_one() : NULL; }
void curl_easy_cleanup(void *handle) { close_one(handle); }
#endif
