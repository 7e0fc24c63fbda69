#include "hook.h"
#include "modules.h"
#include "object.h"
#include "symbols.h"
#include "sys.h"

#include <string.h>

#define DEFINERS 8 /* libraries with the same function that one look-up compares */
#define HELPERS 48 /* libraries that a provider needs */
#define ROUTES 1024U

/* A library that a family found in this process. Entries are only added. */
struct provider {
    bool is_ready; /* atomic: set last */
    struct sg_elf elf;
    uint32_t n_helpers;
    uintptr_t helpers[HELPERS]; /* first addresses of the libraries that it needs */
    bool is_gone;               /* atomic */
};

static struct provider providers[SG_PROVIDERS]; /* [0] stands for libc */
static uint32_t n_providers = 1;                /* atomic */
static int turn;                                /* of the thread that adds a provider */

/* What a call of this function from this object was resolved to. */
struct route {
    const struct sg_function *function;
    uintptr_t object;
    struct sg_call call;
    uint32_t generation;
};

static struct route pool[ROUTES];
static uint32_t pool_used;              /* atomic */
static const struct route *routes[256]; /* atomic */

SG_THREAD_LOCAL struct sg_scope sg_scope_now;

/* ---- looking through the loaded objects ---- */

/* Weak: the loader's list is glibc's. */
extern struct r_debug _r_debug __attribute__((weak));
static __typeof__(&dl_iterate_phdr) iterate = dl_iterate_phdr;

struct search {
    const char *name;
    uintptr_t caller;
    struct sg_elf definers[DEFINERS];
    unsigned n_definers;
    struct sg_elf importer; /* the object of the caller */
    bool is_after_us;
    void *next; /* the first definition in load order after ours */
};

static bool is_inside(const struct sg_elf *elf, uintptr_t address)
{
    return address >= elf->start && address < elf->end;
}

static int look(struct dl_phdr_info *info, size_t size, void *context)
{
    struct search *search = context;
    struct sg_elf elf;
    (void)size;
    if (!sg_elf_from(&elf, info))
        return 0;
    if (is_inside(&elf, search->caller))
        search->importer = elf;
    if (is_inside(&elf, (uintptr_t)&look)) {
        search->is_after_us = true;
        return 0;
    }
    void *found = sg_elf_function(&elf, search->name);
    if (!found)
        return 0;
    if (search->n_definers < DEFINERS)
        search->definers[search->n_definers++] = elf;
    if (search->is_after_us && !search->next)
        search->next = found;
    return 0;
}

static bool has_soname(const struct sg_elf *elf, const char *soname)
{
    return elf->soname && soname && strcmp(elf->soname, soname) == 0;
}

struct wanted {
    const struct search *search;
    const struct sg_elf *found;
};

static bool is_needed(void *context, const char *soname)
{
    struct wanted *wanted = context;
    for (unsigned i = 0; i < wanted->search->n_definers; i++)
        if (has_soname(&wanted->search->definers[i], soname)) {
            wanted->found = &wanted->search->definers[i];
            return true;
        }
    return false;
}

/* Of several libraries with this function: the one that is the caller, that
 * the caller's symbol version names, or that it needs first. A caller that
 * says nothing (a tail call, a pointer from dlsym) gets the first. */
static const struct sg_elf *choose(const struct search *search)
{
    const struct sg_elf *importer = &search->importer;
    struct wanted wanted = {search, NULL};
    if (search->n_definers == 0)
        return NULL;
    for (unsigned i = 0; i < search->n_definers; i++)
        if (search->definers[i].start == importer->start)
            return &search->definers[i];
    if (search->n_definers > 1 && importer->dynamic) {
        const char *soname = sg_elf_wanted_from(importer, search->name);
        if (soname && is_needed(&wanted, soname))
            return wanted.found;
        if (sg_elf_needs(importer, is_needed, &wanted))
            return wanted.found;
    }
    return &search->definers[0];
}

/* ---- providers ---- */

static int add_helper(struct dl_phdr_info *info, size_t size, void *context)
{
    struct provider *provider = context;
    struct sg_elf elf;
    (void)size;
    if (!sg_elf_from(&elf, info) || !elf.soname || strcmp(elf.soname, "libc.so.6") == 0 ||
        provider->n_helpers == HELPERS)
        return 0;
    for (const ElfW(Dyn) *entry = provider->elf.dynamic; entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_NEEDED && strcmp(provider->elf.strings + entry->d_un.d_val, elf.soname) == 0)
            provider->helpers[provider->n_helpers++] = elf.start;
    return 0;
}

/* Provider `number`, NULL while it is being added, and once it is gone. */
static const struct provider *provider_at(uint32_t number)
{
    const struct provider *provider = &providers[number];
    return __atomic_load_n(&provider->is_ready, __ATOMIC_ACQUIRE) &&
                   !__atomic_load_n(&provider->is_gone, __ATOMIC_RELAXED)
               ? provider
               : NULL;
}

static uint8_t find_provider(const struct sg_elf *elf)
{
    for (uint32_t i = 1; i < SG_PROVIDERS; i++) {
        const struct provider *provider = provider_at(i);
        if (provider && provider->elf.start == elf->start && provider->elf.end == elf->end)
            return (uint8_t)i;
    }
    return 0;
}

/* Returns 0 when the table is full: calls then go to the right function all
 * the same, but nothing is recorded. */
static uint8_t add_provider(const struct sg_elf *elf)
{
    if (!sg_sys_take_turn(&turn))
        return 0;
    uint8_t number = find_provider(elf);
    uint32_t count = __atomic_load_n(&n_providers, __ATOMIC_RELAXED);
    if (!number && count < SG_PROVIDERS) {
        number = (uint8_t)count;
        providers[number].elf = *elf;
        iterate(add_helper, &providers[number]);
        __atomic_store_n(&providers[number].is_ready, true, __ATOMIC_RELEASE);
        __atomic_store_n(&n_providers, count + 1, __ATOMIC_RELEASE);
    }
    sg_sys_end_turn(&turn);
    return number;
}

void *sg_hook_from(struct sg_function *function, uint8_t provider)
{
    void *real = __atomic_load_n(&function->real[provider], __ATOMIC_RELAXED);
    if (SG_LIKELY(real != NULL))
        return real;
    real = sg_elf_function(&providers[provider].elf, function->name);
    __atomic_store_n(&function->real[provider], real, __ATOMIC_RELAXED);
    return real;
}

void *sg_hook_find_libc(struct sg_function *function)
{
    struct search search = {.name = function->name};
    iterate(look, &search);
    __atomic_store_n(&function->real[0], search.next, __ATOMIC_RELAXED);
    return search.next;
}

/* Made by the linker; hidden, so that they are this library's alone. */
extern struct sg_function *const __start_sg_libc_functions[] __attribute__((visibility("hidden")));
extern struct sg_function *const __stop_sg_libc_functions[] __attribute__((visibility("hidden")));

static void take_from(const struct sg_elf *elf)
{
    for (struct sg_function *const *at = __start_sg_libc_functions; at < __stop_sg_libc_functions; at++)
        if (!(*at)->real[0])
            __atomic_store_n(&(*at)->real[0], sg_elf_function(elf, (*at)->name), __ATOMIC_RELAXED);
}

/* The constructor runs before those of other libraries, and before a
 * sanitizer's runtime in the program, which may stand before libc's
 * dl_iterate_phdr() and is not ready yet. So the loader's list is read, which
 * nobody changes now, and libc's own function is used from then on. */
void sg_hook_start(void)
{
    bool is_after_us = false;
    struct sg_elf elf;
    for (const struct link_map *map = &_r_debug ? _r_debug.r_map : NULL; map; map = map->l_next) {
        if (map->l_ld == _DYNAMIC) {
            is_after_us = true;
            continue;
        }
        if (!is_after_us || !sg_elf_from_map(&elf, map))
            continue;
        take_from(&elf);
        void *found = has_soname(&elf, "libc.so.6") ? sg_elf_function(&elf, "dl_iterate_phdr") : NULL;
        if (found)
            iterate = (__typeof__(iterate))found;
    }
}

bool sg_hook_is_loaded(uint8_t provider)
{
    struct sg_object object;
    const struct sg_elf *elf = &providers[provider].elf;
    return provider == 0 || (!__atomic_load_n(&providers[provider].is_gone, __ATOMIC_RELAXED) &&
                             sg_object_find(elf->start, &object) && object.base == elf->base);
}

void sg_hook_mark_families(void)
{
    struct sg_object object;
    for (uint32_t i = 1; i < SG_PROVIDERS; i++)
        if (provider_at(i) && sg_hook_is_loaded((uint8_t)i) &&
            sg_object_find(providers[i].elf.start, &object))
            sg_modules_mark_family(&object);
    /* A hook stands between two libraries, or between a library and the program. */
    if (sg_object_find((uintptr_t)&sg_hook_mark_families, &object))
        sg_modules_mark_family(&object);
}

/* An address may mean another library from now on. */
void sg_hook_unloaded(void)
{
    for (uint32_t i = 1; i < SG_PROVIDERS; i++)
        if (provider_at(i) && !sg_hook_is_loaded((uint8_t)i))
            __atomic_store_n(&providers[i].is_gone, true, __ATOMIC_RELAXED);
    if (sg_arena_is_used())
        sg_modules_recheck();
    else
        __atomic_fetch_add(&sg_modules_generation, 1, __ATOMIC_RELEASE);
}

/* ---- routes ---- */

static const struct route **route_slot(const struct sg_function *function, uintptr_t object)
{
    uintptr_t mixed = ((uintptr_t)function >> 4) * 31 + (object >> 12);
    return &routes[mixed % SG_COUNT(routes)];
}

static void remember(const struct route *route)
{
    uint32_t index = __atomic_fetch_add(&pool_used, 1, __ATOMIC_RELAXED);
    if (index >= ROUTES) {
        __atomic_store_n(&pool_used, ROUTES, __ATOMIC_RELAXED);
        return; /* a program that unloads libraries all day pays for each look-up */
    }
    pool[index] = *route;
    __atomic_store_n(route_slot(route->function, route->object), &pool[index], __ATOMIC_RELEASE);
}

/* The library that another function was found in for the same object, if it
 * has this one too; 0 if there is none. Needs no lock: in a forked child the
 * loader's may be held for ever, by a thread that the child does not have, and
 * what it inherits it often closes with a function that its parent never called. */
static uint8_t provider_for(struct sg_function *function, uintptr_t object)
{
    uint32_t generation = __atomic_load_n(&sg_modules_generation, __ATOMIC_ACQUIRE);
    for (size_t i = 0; object && i < SG_COUNT(routes); i++) {
        const struct route *route = __atomic_load_n(&routes[i], __ATOMIC_ACQUIRE);
        if (route && route->object == object && route->generation == generation &&
            sg_hook_from(function, route->call.provider))
            return route->call.provider;
    }
    return 0;
}

static struct sg_call resolve(struct sg_function *function, uintptr_t caller, uintptr_t object)
{
    struct search search = {.name = function->name, .caller = caller};
    struct route route = {.function = function,
                          .object = object,
                          .generation = __atomic_load_n(&sg_modules_generation, __ATOMIC_ACQUIRE)};
    uint8_t provider = provider_for(function, object);
    const struct sg_elf *elf = &providers[provider].elf;
    if (!provider) {
        iterate(look, &search);
        elf = choose(&search);
        if (!elf)
            return (struct sg_call){0};
        provider = find_provider(elf);
    }
    if (!provider)
        provider = add_provider(elf);
    if (!provider) {
        sg_untracked();
        return (struct sg_call){.real = sg_elf_function(elf, function->name), .is_internal = true};
    }
    route.call.provider = provider;
    route.call.real = sg_hook_from(function, provider);
    route.call.is_internal = is_inside(elf, caller);
    if (object)
        remember(&route);
    return route.call;
}

struct sg_call sg_hook_route(struct sg_function *function, uintptr_t caller)
{
    struct sg_object object = {0};
    if (!sg_object_find(caller, &object))
        return resolve(function, caller, 0); /* called from generated code */
    const struct route *route = __atomic_load_n(route_slot(function, object.start), __ATOMIC_ACQUIRE);
    if (SG_LIKELY(route && route->function == function && route->object == object.start &&
                  route->generation == __atomic_load_n(&sg_modules_generation, __ATOMIC_ACQUIRE)))
        return route->call;
    return resolve(function, caller, object.start);
}

uint32_t sg_scope_owner(const struct sg_site *site)
{
    struct sg_object object;
    if (SG_LIKELY(sg_scope_now.serial == 0) || site->cfa >= sg_scope_now.cfa ||
        !sg_object_find(site->caller, &object))
        return 0;
    const struct provider *provider = &providers[sg_scope_now.provider];
    if (object.start == provider->elf.start)
        return sg_scope_now.serial;
    for (uint32_t i = 0; i < provider->n_helpers; i++)
        if (provider->helpers[i] == object.start)
            return sg_scope_now.serial;
    return 0;
}
