#include "held.h"
#include "handles.h"
#include "object.h"
#include "provider.h"
#include "sort.h"
#include "sys.h"
#include "threads.h"

#include <pthread.h>
#include <stdlib.h>

#define STEP 4096U                          /* the smallest page */
#define RED_ZONE 128U                       /* bytes below the stack pointer that are in use */
#define STACK_MAX (UINT64_C(64) << 20)      /* bytes of a stack, up to where it is known to begin */
#define STRANGE_STACK (UINT64_C(256) << 10) /* the same where that is not known: a coroutine's */

extern void *__libc_stack_end __attribute__((weak)); /* where the main thread's stack begins: glibc's */

#define HANDLE_BYTES 16384U /* more than a handle of any library takes */

struct handles {
    const uint64_t *where;
    size_t n_where;
    uint64_t *keys; /* of the handles, sorted */
    size_t count;
    uintptr_t lowest, highest;
    bool is_libcs_memory; /* libc's own allocator is the program's */
    bool is_unknown;      /* any handle may be held */
};

/* What is looked for in the memory of a stopped thread. */
typedef bool look(struct handles *handles, uintptr_t word);

static bool is_code(struct handles *handles, uintptr_t word)
{
    (void)handles;
    return sg_provider_is_code(word);
}

/* All handles of this address: kinds may have the same. */
static void hold(const struct handles *handles, uint64_t key)
{
    for (size_t i = 0; i < handles->n_where; i++) {
        struct sg_handle *slot = sg_handles_slot((uint32_t)handles->where[i]);
        if (slot->key == key)
            slot->is_held = true;
    }
}

/* How much memory lies behind a handle. The allocator of glibc keeps that in the word
 * before it, with three flags (malloc/malloc.c, "Chunk structure"); of another one nothing
 * is known. */
static size_t size_of(const struct handles *handles, uint64_t key)
{
    const size_t flags = 7;
    uintptr_t before = (uintptr_t)key - sizeof(size_t);
    if (!handles->is_libcs_memory || (key & flags) || (!sg_sys_is_emulated && !sg_sys_is_readable(before)))
        return HANDLE_BYTES;
    size_t size = *(const size_t *)before & ~flags; /* NOLINT(performance-no-int-to-ptr) */
    return size > sizeof size && size < HANDLE_BYTES ? size - sizeof size : HANDLE_BYTES;
}

/* The word may lead to anywhere in the handle's memory. */
static bool is_handle(struct handles *handles, uintptr_t word)
{
    size_t low = 0;
    size_t high = handles->count;
    if (word < handles->lowest || word > handles->highest)
        return false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (handles->keys[middle] <= word)
            low = middle + 1;
        else
            high = middle;
    }
    uint64_t key = low > 0 ? handles->keys[low - 1] : 0;
    if (key && word - key < size_of(handles, key))
        hold(handles, key);
    return false; /* there may be more */
}

static uintptr_t beginning_of(const struct sg_stopped *stopped)
{
    uintptr_t main_stack = &__libc_stack_end ? (uintptr_t)__libc_stack_end : 0;
    if (stopped->thread > stopped->sp && stopped->thread - stopped->sp < STACK_MAX)
        return stopped->thread;
    if (main_stack > stopped->sp && main_stack - stopped->sp < STACK_MAX)
        return main_stack;
    return 0;
}

/* Looks at each word of the thread's registers and stack until one is found. A word may
 * have been left there by a call that is over: that is a handle too many left alone. */
static bool look_through(struct handles *handles, const struct sg_stopped *stopped, look *is_wanted)
{
    uintptr_t end = beginning_of(stopped);
    uintptr_t at = (stopped->sp - RED_ZONE) & ~(uintptr_t)(sizeof at - 1);
    uintptr_t readable = 0;
    uintptr_t limit = end ? end : stopped->sp + STRANGE_STACK;
    if (is_wanted(handles, stopped->pc))
        return true;
    for (unsigned i = 0; i < stopped->n_registers; i++)
        if (is_wanted(handles, stopped->registers[i]))
            return true;
    for (; at + sizeof at <= limit; at += sizeof at) {
        if (at >= readable) {
            if (!sg_sys_is_emulated && !sg_sys_is_readable(at)) {
                handles->is_unknown |= end != 0;
                return false;
            }
            readable = (at & ~(uintptr_t)(STEP - 1)) + STEP;
        }
        if (is_wanted(handles, *(const uintptr_t *)at)) /* NOLINT(performance-no-int-to-ptr) */
            return true;
    }
    return false;
}

static void look_at(void *context, const struct sg_stopped *stopped)
{
    struct handles *handles = context;
    if (look_through(handles, stopped, is_code))
        (void)look_through(handles, stopped, is_handle);
}

void sg_held_find(const uint64_t *where, size_t count)
{
    struct handles handles = {.where = where, .n_where = count, .lowest = UINTPTR_MAX};
    handles.keys = sg_sys_map((count + 1) * sizeof *handles.keys);
    handles.is_unknown = !handles.keys;
    for (size_t i = 0; i < count; i++) {
        struct sg_handle *slot = sg_handles_slot((uint32_t)where[i]);
        slot->is_held = false;
        if (handles.keys && slot->key)
            handles.keys[handles.count++] = slot->key;
    }
    if (handles.count > 0) {
        sg_sort(handles.keys, handles.count);
        handles.lowest = handles.keys[0];
        handles.highest = handles.keys[handles.count - 1] + HANDLE_BYTES;
    }
    struct sg_object allocator = {0};
    struct sg_object libc = {0};
    handles.is_libcs_memory = sg_object_find((uintptr_t)&malloc, &allocator) &&
                              sg_object_find((uintptr_t)&pthread_self, &libc) &&
                              allocator.start == libc.start;
    (void)sg_threads_each_stopped(look_at, &handles);
    for (size_t i = 0; i < count && handles.is_unknown; i++)
        sg_handles_slot((uint32_t)where[i])->is_held = true;
}
