#include "provider.h"
#include "detector.h"
#include "handles.h"
#include "modules.h"
#include "object.h"
#include "sys.h"

#include <string.h>

#define HELPERS 48 /* libraries that a provider needs */
#define ENOUGH 16U /* providers, from which on numbers of those that are gone are used again */

struct provider {
    bool is_ready; /* atomic: set last */
    struct sg_elf elf;
    uint32_t n_helpers;
    uintptr_t helpers[HELPERS]; /* first addresses of the libraries that it needs */
};

bool sg_provider_gone[SG_PROVIDERS];
static struct provider providers[SG_PROVIDERS]; /* [0] stands for libc */
static uint32_t n_providers = 1;                /* atomic */
static struct sg_turn turn;                     /* of the thread that adds a provider */

void (*sg_provider_recycled)(uint8_t provider);
void (*sg_provider_added)(const struct sg_elf *elf);

static bool is_soname(void *context, const char *soname) { return strcmp(soname, context) == 0; }

static bool add_helper(void *context, const struct sg_elf *elf)
{
    struct provider *provider = context;
    if (!elf->soname || strcmp(elf->soname, "libc.so.6") == 0)
        return false;
    if (sg_elf_needs(&provider->elf, is_soname, (void *)elf->soname))
        provider->helpers[provider->n_helpers++] = elf->start;
    return provider->n_helpers == HELPERS;
}

/* Provider `number`, NULL while it is being added, and once it is gone. */
static const struct provider *provider_at(uint32_t number)
{
    const struct provider *provider = &providers[number];
    return __atomic_load_n(&provider->is_ready, __ATOMIC_ACQUIRE) && !sg_provider_is_gone((uint8_t)number)
               ? provider
               : NULL;
}

static uint8_t find(const struct sg_elf *elf)
{
    uint32_t count = __atomic_load_n(&n_providers, __ATOMIC_ACQUIRE);
    for (uint32_t i = 1; i < count; i++) {
        const struct provider *provider = provider_at(i);
        if (provider && provider->elf.start == elf->start && provider->elf.end == elf->end)
            return (uint8_t)i;
    }
    return 0;
}

static bool has_records(uint32_t number)
{
    struct sg_handle *slot;
    for (uint64_t i = 0; sg_arena_is_used() && (slot = sg_handles_slot(i)); i++)
        if (__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE) != 0 && slot->record.provider == number)
            return true;
    return false;
}

/* A number for one more: a new one, or that of a library that is gone and has
 * left no handle behind, as of a plug-in that is loaded again and again. */
static uint32_t free_number(void)
{
    uint32_t count = __atomic_load_n(&n_providers, __ATOMIC_RELAXED);
    for (uint32_t i = 1; count >= ENOUGH && i < count; i++)
        if (sg_provider_is_gone((uint8_t)i) && !has_records(i))
            return i;
    return count < SG_PROVIDERS ? count : 0;
}

uint8_t sg_provider_number(const struct sg_elf *elf)
{
    uint8_t number = find(elf);
    if (number)
        return number;
    /* Before the turn is taken: whoever waits for the loader may be kept
     * waiting by one who has it and waits for the turn. */
    struct provider fresh = {.elf = *elf};
    sg_objects_each(add_helper, &fresh, sg_detector_is_vfork_child());
    if (!sg_sys_take_turn(&turn))
        return 0;
    number = find(elf);
    uint32_t chosen = number ? 0 : free_number();
    if (chosen) {
        if (providers[chosen].is_ready && sg_provider_recycled)
            sg_provider_recycled((uint8_t)chosen);
        __atomic_store_n(&providers[chosen].is_ready, false, __ATOMIC_RELEASE);
        providers[chosen].elf = fresh.elf;
        providers[chosen].n_helpers = fresh.n_helpers;
        memcpy(providers[chosen].helpers, fresh.helpers, sizeof fresh.helpers);
        __atomic_store_n(&sg_provider_gone[chosen], false, __ATOMIC_RELAXED);
        __atomic_store_n(&providers[chosen].is_ready, true, __ATOMIC_RELEASE);
        if (chosen == n_providers)
            __atomic_store_n(&n_providers, chosen + 1, __ATOMIC_RELEASE);
        number = (uint8_t)chosen;
    }
    sg_sys_end_turn(&turn);
    if (chosen && sg_provider_added)
        sg_provider_added(elf);
    return number;
}

const struct sg_elf *sg_provider_elf(uint8_t provider) { return &providers[provider].elf; }

bool sg_provider_holds(uint8_t provider, uintptr_t address)
{
    return sg_elf_holds(&providers[provider].elf, address);
}

bool sg_provider_includes(uint8_t number, uintptr_t object)
{
    const struct provider *provider = &providers[number];
    if (object == provider->elf.start)
        return true;
    for (uint32_t i = 0; i < provider->n_helpers; i++)
        if (provider->helpers[i] == object)
            return true;
    return false;
}

uint8_t sg_provider_at(uintptr_t address)
{
    uint32_t count = __atomic_load_n(&n_providers, __ATOMIC_ACQUIRE);
    for (uint32_t i = 1; i < count; i++)
        if (provider_at(i) && sg_elf_holds(&providers[i].elf, address))
            return (uint8_t)i;
    return 0;
}

bool sg_provider_is_loaded(uint8_t provider)
{
    struct sg_object object;
    const struct sg_elf *elf = &providers[provider].elf;
    return provider == 0 || (!sg_provider_is_gone(provider) && sg_object_find(elf->start, &object) &&
                             object.base == elf->base);
}

void sg_provider_unloaded(void)
{
    for (uint32_t i = 1; i < SG_PROVIDERS; i++)
        if (provider_at(i) && !sg_provider_is_loaded((uint8_t)i))
            __atomic_store_n(&sg_provider_gone[i], true, __ATOMIC_RELAXED);
}

/* Called for the first object, with the loader's lock held: the headers of the
 * others are read, so nobody must unload them meanwhile. */
static bool mark_all(void *unused, const struct sg_elf *first)
{
    struct sg_object object;
    (void)unused;
    (void)first;
    for (uint32_t i = 1; i < SG_PROVIDERS; i++)
        if (provider_at(i) && sg_provider_is_loaded((uint8_t)i) &&
            sg_object_find(providers[i].elf.start, &object))
            sg_modules_mark_family(&object);
    return true;
}

void sg_provider_mark_families(void)
{
    struct sg_object object;
    sg_objects_each(mark_all, NULL, false);
    /* A hook stands between two libraries, or between a library and the program. */
    if (sg_object_find((uintptr_t)&sg_provider_mark_families, &object))
        sg_modules_mark_family(&object);
}
