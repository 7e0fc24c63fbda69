#include "severed.h"

uint32_t sg_severed_count;
static uint32_t severed[SG_SEVERED]; /* atomic: 0 free */
static bool is_over;                 /* atomic: there were more than there is room for */

static bool is_noted(uint32_t serial)
{
    uint32_t count = __atomic_load_n(&sg_severed_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++)
        if (__atomic_load_n(&severed[i], __ATOMIC_RELAXED) == serial)
            return true;
    return false;
}

void sg_severed_note(uint32_t serial)
{
    if (is_noted(serial))
        return;
    for (uint32_t i = 0; i < SG_SEVERED; i++) {
        uint32_t there = 0;
        if (!__atomic_compare_exchange_n(&severed[i], &there, serial, false, __ATOMIC_RELEASE,
                                         __ATOMIC_RELAXED))
            continue;
        uint32_t count = __atomic_load_n(&sg_severed_count, __ATOMIC_RELAXED);
        while (count <= i && !__atomic_compare_exchange_n(&sg_severed_count, &count, i + 1, true,
                                                          __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
        }
        return;
    }
    __atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
}

void sg_severed_take(uint32_t serial)
{
    uint32_t count = __atomic_load_n(&sg_severed_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t there = serial;
        (void)__atomic_compare_exchange_n(&severed[i], &there, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    }
}

bool sg_severed_has(uint32_t serial)
{
    return __atomic_load_n(&is_over, __ATOMIC_RELAXED) || is_noted(serial);
}

uint32_t sg_severed_at(unsigned i) { return __atomic_load_n(&severed[i], __ATOMIC_RELAXED); }
