#include "severed.h"

static uint32_t severed[SG_SEVERED]; /* atomic: 0 while it is being written */
static uint32_t n_severed;           /* atomic: goes beyond the room when there is none */

static uint32_t count(void)
{
    uint32_t n = __atomic_load_n(&n_severed, __ATOMIC_RELAXED);
    return n < SG_SEVERED ? n : SG_SEVERED;
}

static bool is_noted(uint32_t serial)
{
    uint32_t n = count();
    for (uint32_t i = 0; i < n; i++)
        if (__atomic_load_n(&severed[i], __ATOMIC_RELAXED) == serial)
            return true;
    return false;
}

void sg_severed_note(uint32_t serial)
{
    if (is_noted(serial) || __atomic_load_n(&n_severed, __ATOMIC_RELAXED) > SG_SEVERED)
        return;
    uint32_t i = __atomic_fetch_add(&n_severed, 1, __ATOMIC_RELAXED);
    if (i < SG_SEVERED)
        __atomic_store_n(&severed[i], serial, __ATOMIC_RELAXED);
}

bool sg_severed_has(uint32_t serial)
{
    return is_noted(serial) || __atomic_load_n(&n_severed, __ATOMIC_RELAXED) > SG_SEVERED;
}
