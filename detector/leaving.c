#include "leaving.h"
#include "object.h"
#include "stack.h"
#include "symbols.h"

#include <gnu/libc-version.h>

#define DEPTH 128U
#define SCANNED_MAX ((uintptr_t)1 << 20) /* bytes of stack */

/* Weak, because only glibc has it. */
extern __typeof__(gnu_get_libc_version) gnu_get_libc_version __attribute__((weak));

/* Where exit() or quick_exit() lies. */
struct range {
    uintptr_t start;
    size_t size;
};

static bool find_libc(struct sg_elf *libc)
{
    struct sg_object object;
    return gnu_get_libc_version && sg_object_is_lock_free() &&
           sg_object_find((uintptr_t)&gnu_get_libc_version, &object) && object.map &&
           sg_elf_from_map(libc, object.map);
}

static struct range range_of(const struct sg_elf *libc, const char *function)
{
    void *start = sg_elf_function(libc, function);
    return (struct range){(uintptr_t)start, start ? sg_elf_size(libc, function) : 0};
}

static bool is_in(const struct range ranges[2], uintptr_t pc)
{
    return pc - ranges[0].start < ranges[0].size || pc - ranges[1].start < ranges[1].size;
}

/* Destructors of C++ libraries are called by code that the compiler brings,
 * which has no call frame information: the walk ends there. Beyond it, an
 * address in a function that never returns can hardly be there by chance. */
static bool is_above(const struct sg_site *site, const struct range ranges[2])
{
    uintptr_t high = sg_stack_high(site);
    if (high > site->cfa && high - site->cfa > SCANNED_MAX)
        high = site->cfa + SCANNED_MAX;
    for (uintptr_t at = site->cfa; at + sizeof(uintptr_t) <= high; at += sizeof(uintptr_t))
        if (is_in(ranges, *(const uintptr_t *)at - 1)) /* NOLINT(performance-no-int-to-ptr) */
            return true;
    return false;
}

/* exit() never returns, so its frame is there as long as its handlers run. */
SG_NOINLINE bool sg_leaving_is_sure(void)
{
    uintptr_t pcs[DEPTH];
    struct sg_elf libc;
    struct sg_site site = SG_SITE();
    if (!find_libc(&libc))
        return false;
    const struct range ranges[] = {range_of(&libc, "exit"), range_of(&libc, "quick_exit")};
    struct sg_stack stack = sg_stack_walk(&site, pcs, DEPTH);
    for (unsigned i = 0; i < stack.count; i++)
        if (is_in(ranges, pcs[i]))
            return true;
    return stack.flags != 0 && is_above(&site, ranges);
}
