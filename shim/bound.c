#include "bound.h"
#include "object.h"
#include "provider.h"
#include "sys.h"

#define ROOM 512U

struct bound {
    const void *function; /* atomic: set last; NULL: free */
    uintptr_t object;
    const struct link_map *map; /* by which another object at the same place is told */
    uint8_t provider;
};

static struct bound all[ROOM];
static struct sg_turn turn; /* of the thread that adds or forgets */

static const void *function_of(const struct bound *bound)
{
    return __atomic_load_n(&bound->function, __ATOMIC_ACQUIRE);
}

void sg_bound_add(const void *function, uintptr_t object, uint8_t provider)
{
    struct sg_object found;
    if (!sg_object_find(object, &found) || !sg_sys_take_turn(&turn))
        return;
    struct bound *chosen = NULL;
    for (unsigned i = 0; i < ROOM; i++) {
        if (function_of(&all[i]) == function && all[i].object == object) {
            chosen = &all[i];
            break;
        }
        if (!chosen && !function_of(&all[i]))
            chosen = &all[i];
    }
    if (chosen) {
        chosen->object = object;
        chosen->map = found.map;
        chosen->provider = provider;
        __atomic_store_n(&chosen->function, function, __ATOMIC_RELEASE);
    }
    sg_sys_end_turn(&turn);
}

uint8_t sg_bound_to(const void *function, uintptr_t object)
{
    for (unsigned i = 0; i < ROOM; i++)
        if (function_of(&all[i]) == function && all[i].object == object &&
            !sg_provider_is_gone(all[i].provider))
            return all[i].provider;
    return 0;
}

static void forget(void)
{
    struct sg_object found;
    if (!sg_sys_take_turn(&turn))
        return;
    for (unsigned i = 0; i < ROOM; i++)
        if (function_of(&all[i]) && (!sg_object_find(all[i].object, &found) || found.map != all[i].map ||
                                     sg_provider_is_gone(all[i].provider)))
            __atomic_store_n(&all[i].function, NULL, __ATOMIC_RELEASE);
    sg_sys_end_turn(&turn);
}

/* With the loader's lock first, as those who add have it. */
void sg_bound_unloaded(void) { sg_object_keep_all(forget); }
