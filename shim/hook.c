#include "hook.h"
#include "bound.h"
#include "modules.h"
#include "object.h"
#include "slots.h"
#include "sys.h"

#include <string.h>

#define DEFINERS 8 /* libraries with the same function that one look-up compares */
#define ROUTES 1024U
#define WINDOW 4U /* routes that one look-up compares */

SG_THREAD_LOCAL struct sg_scope sg_scope_now;
bool sg_hook_has_interposers;

/* ---- looking through the loaded objects ---- */

struct search {
    const char *name;
    uintptr_t caller;
    struct sg_elf definers[DEFINERS];
    unsigned n_definers;
    unsigned n_at_start;    /* of these, there when the program started */
    struct sg_elf importer; /* the object of the caller */
    bool is_after_us, is_after_start;
    void *next; /* the first definition in load order after ours */
};

static bool look(void *context, const struct sg_elf *elf)
{
    struct search *search = context;
    if (sg_elf_holds(elf, search->caller))
        search->importer = *elf;
    if (sg_elf_holds(elf, (uintptr_t)&look)) {
        search->is_after_us = true;
        return false;
    }
    /* What comes before us has been passed: a function of this name in it has
     * called on, to the next one. */
    void *found = search->is_after_us ? sg_elf_function(elf, search->name) : NULL;
    if (found && search->n_definers < DEFINERS) {
        search->definers[search->n_definers++] = *elf;
        search->n_at_start += !search->is_after_start;
    }
    if (found && !search->next)
        search->next = found;
    search->is_after_start |= elf->dynamic == sg_objects_last_at_start;
    return false;
}

/* What is found may be unloaded by another thread as soon as the loader's lock
 * is given back; so whoever looks at it calls this with the lock held, from
 * sg_objects_each(), which may be nested. */
static void look_everywhere(struct search *search)
{
    sg_objects_each(look, search, sg_detector_is_vfork_child());
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

/* Of the libraries that were there at the start, the loader takes the first
 * whose function has no version, or the one that the caller was linked with: so
 * an interposer that was preloaded too has its turn. */
static const struct sg_elf *first_at_start(const struct search *search, const char *soname)
{
    for (unsigned i = 0; i < search->n_at_start; i++)
        if (!sg_elf_has_version(&search->definers[i], search->name) ||
            has_soname(&search->definers[i], soname))
            return &search->definers[i];
    return NULL;
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
        if (search->definers[i].start == importer->start) {
            const struct sg_elf *first = first_at_start(search, importer->soname);
            return first ? first : &search->definers[i];
        }
    if (search->n_definers > 1 && importer->dynamic) {
        const char *soname = sg_elf_wanted_from(importer, search->name);
        const struct sg_elf *first = first_at_start(search, soname);
        if (first)
            return first;
        if (soname && is_needed(&wanted, soname))
            return wanted.found;
        if (sg_elf_needs(importer, is_needed, &wanted))
            return wanted.found;
    }
    return &search->definers[0];
}

/* ---- functions ---- */

void *sg_hook_from(struct sg_function *function, uint8_t provider)
{
    void *real = __atomic_load_n(&function->reals[provider], __ATOMIC_RELAXED);
    if (SG_LIKELY(real != NULL))
        return real;
    real = sg_elf_function(sg_provider_elf(provider), function->name);
    __atomic_store_n(&function->reals[provider], real, __ATOMIC_RELAXED);
    return real;
}

/* Made by the linker; hidden, so that they are this library's alone. */
extern struct sg_function *const __start_sg_functions[] __attribute__((visibility("hidden")));
extern struct sg_function *const __stop_sg_functions[] __attribute__((visibility("hidden")));

static void take_from(const struct sg_elf *elf)
{
    for (struct sg_function *const *at = __start_sg_functions; at < __stop_sg_functions; at++)
        if (!(*at)->reals && !(*at)->real)
            __atomic_store_n(&(*at)->real, sg_elf_function(elf, (*at)->name), __ATOMIC_RELAXED);
}

static void recycle(uint8_t provider)
{
    for (struct sg_function *const *at = __start_sg_functions; at < __stop_sg_functions; at++)
        if ((*at)->reals)
            __atomic_store_n(&(*at)->reals[provider], NULL, __ATOMIC_RELAXED);
}

/* What a wrapper does with the handles of its users is watched: nothing else
 * tells. It needs another library that has one of its functions. */
static bool is_wrapper(const struct sg_elf *elf)
{
    for (struct sg_function *const *at = __start_sg_functions; at < __stop_sg_functions; at++) {
        if (!(*at)->reals || !sg_elf_function(elf, (*at)->name))
            continue;
        struct search search = {.name = (*at)->name};
        struct wanted wanted = {.search = &search};
        look_everywhere(&search);
        if (sg_elf_needs(elf, is_needed, &wanted))
            return true;
    }
    return false;
}

/* Calls of its own functions that go through our hooks are nothing that is ever
 * watched, but are for an interposer of the library, if there is one. */
static void added(const struct sg_elf *elf)
{
    bool is_vforked = sg_detector_is_vfork_child();
    for (struct sg_function *const *at = __start_sg_functions; at < __stop_sg_functions; at++)
        if ((*at)->reals && sg_elf_function(elf, (*at)->name) &&
            sg_objects_interpose(elf, (*at)->name, is_vforked)) {
            __atomic_store_n(&sg_hook_has_interposers, true, __ATOMIC_RELAXED);
            return;
        }
    if (!sg_sys_is_barred() && !is_wrapper(elf))
        sg_slots_lead(elf, sg_slots_inward);
}

bool sg_hook_has_outer_close;

void sg_hook_start(void)
{
    sg_provider_recycled = recycle;
    sg_provider_added = added;
    sg_objects_start(take_from);
}

/* A sanitizer's runtime in the program comes before every constructor. */
void *sg_hook_find_libc(struct sg_function *function)
{
    if (!sg_objects_self.dynamic)
        sg_hook_start();
    if (!function->real) {
        struct search search = {.name = function->name};
        look_everywhere(&search);
        __atomic_store_n(&function->real, search.next, __ATOMIC_RELAXED);
    }
    return function->real;
}

void sg_hook_find_all(void)
{
    for (struct sg_function *const *at = __start_sg_functions; at < __stop_sg_functions; at++)
        if (!(*at)->reals)
            (void)sg_hook_find_libc(*at);
}

struct sg_function *sg_hook_listed(const char *name)
{
    for (struct sg_function *const *at = __start_sg_functions; at < __stop_sg_functions; at++)
        if (strcmp((*at)->name, name) == 0)
            return *at;
    return NULL;
}

/* ---- routes ---- */

/* What a call of a function from an object was resolved to: words that threads
 * read and write without a lock. The first is a sum of all the others, by
 * which a reader knows that these are of one entry. */
struct route {
    uint64_t check, function, object, real, rest;
};

/* By the caller's object, and by the call itself, of which there are many more:
 * they must not push the others out. */
static struct route routes[ROUTES], calls[ROUTES];

static uint64_t rest_of(const struct sg_call *call, uint32_t generation)
{
    return (uint64_t)generation << 32 | (uint64_t)call->provider << 8 | call->is_internal;
}

static inline uint64_t sum(const struct route *route)
{
    const uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);
    return (((route->function * factor ^ route->object) * factor ^ route->real) * factor ^ route->rest) *
               factor +
           1; /* an empty entry is none */
}

static struct route *first_route(struct route *table, const struct sg_function *function, uintptr_t object)
{
    uint64_t mixed = ((uintptr_t)function ^ object) * UINT64_C(0x9E3779B97F4A7C15);
    return &table[(mixed >> 40) % ROUTES & ~(uint64_t)(WINDOW - 1)];
}

static inline struct route read_route(const struct route *from)
{
    return (struct route){.check = __atomic_load_n(&from->check, __ATOMIC_RELAXED),
                          .function = __atomic_load_n(&from->function, __ATOMIC_RELAXED),
                          .object = __atomic_load_n(&from->object, __ATOMIC_RELAXED),
                          .real = __atomic_load_n(&from->real, __ATOMIC_RELAXED),
                          .rest = __atomic_load_n(&from->rest, __ATOMIC_RELAXED)};
}

static void write_route(struct route *to, struct route fresh)
{
    __atomic_store_n(&to->function, fresh.function, __ATOMIC_RELAXED);
    __atomic_store_n(&to->object, fresh.object, __ATOMIC_RELAXED);
    __atomic_store_n(&to->real, fresh.real, __ATOMIC_RELAXED);
    __atomic_store_n(&to->rest, fresh.rest, __ATOMIC_RELAXED);
    __atomic_store_n(&to->check, sum(&fresh), __ATOMIC_RELAXED);
}

static bool find_route(struct route *table, const struct sg_function *function, uintptr_t object,
                       struct sg_call *call)
{
    uint32_t generation = __atomic_load_n(&sg_modules_generation, __ATOMIC_ACQUIRE);
    const struct route *first = first_route(table, function, object);
    for (unsigned i = 0; i < WINDOW; i++) {
        if (__atomic_load_n(&first[i].object, __ATOMIC_RELAXED) != object)
            continue;
        struct route route = read_route(first + i);
        if (route.function != (uintptr_t)function || route.object != object ||
            (uint32_t)(route.rest >> 32) != generation || route.check != sum(&route))
            continue;
        *call =
            (struct sg_call){.real = (void *)(uintptr_t)route.real, /* NOLINT(performance-no-int-to-ptr) */
                             .provider = (uint8_t)(route.rest >> 8),
                             .is_internal = route.rest & 1};
        return true;
    }
    return false;
}

/* Takes the place of the same route, of one that holds no longer, or of any. */
static void remember(struct route *table, const struct sg_function *function, uintptr_t object,
                     const struct sg_call *call, uint32_t generation)
{
    struct route *first = first_route(table, function, object);
    struct route *chosen = first + ((uintptr_t)function >> 6) % WINDOW;
    if (!object || !sg_modules_is_settled(generation))
        return;
    for (unsigned i = 0; i < WINDOW; i++) {
        struct route route = read_route(first + i);
        if ((uint32_t)(route.rest >> 32) != generation)
            chosen = first + i;
        if (route.function == (uintptr_t)function && route.object == object) {
            chosen = first + i;
            break;
        }
    }
    write_route(chosen, (struct route){.function = (uintptr_t)function,
                                       .object = object,
                                       .real = (uintptr_t)call->real,
                                       .rest = rest_of(call, generation)});
}

/* What is found in other objects is looked at while they are held: see
 * look_everywhere(). */
struct question {
    struct sg_function *function;
    uintptr_t caller; /* or the address that is asked about */
    uintptr_t object; /* of the caller, 0 if it is in none */
    struct sg_call call;
    void *only;
    bool is_libcs_alone;
};

static bool answer_call(void *context, const struct sg_elf *first)
{
    struct question *question = context;
    struct sg_function *function = question->function;
    struct search search = {.name = function->name, .caller = question->caller};
    uint32_t generation = __atomic_load_n(&sg_modules_generation, __ATOMIC_ACQUIRE);
    (void)first;
    look_everywhere(&search);
    const struct sg_elf *elf = choose(&search);
    if (!elf)
        return true;
    question->call.provider = sg_provider_number(elf);
    for (unsigned i = 0; i < search.n_definers; i++)
        question->call.is_internal |= sg_elf_holds(&search.definers[i], question->caller);
    if (!question->call.provider) { /* goes to the right function all the same, but nothing is recorded */
        sg_untracked();
        question->call.real = sg_elf_function(elf, function->name);
        question->call.is_internal = true;
        return true;
    }
    question->call.real = sg_hook_from(function, question->call.provider);
    remember(routes, function, question->object, &question->call, generation);
    return true;
}

static void ask(struct question *question, bool (*answer)(void *context, const struct sg_elf *first))
{
    sg_objects_each(answer, question, sg_detector_is_vfork_child());
}

static struct sg_call resolve(struct sg_function *function, uintptr_t caller, uintptr_t object)
{
    struct question question = {.function = function, .caller = caller, .object = object};
    ask(&question, answer_call);
    return question.call;
}

static bool answer_address(void *context, const struct sg_elf *first)
{
    struct question *question = context;
    struct search search = {.name = question->function->name, .caller = question->caller};
    (void)first;
    look_everywhere(&search);
    const struct sg_elf *holder = &search.importer;
    if (holder->dynamic && (uintptr_t)sg_elf_function(holder, search.name) == question->caller)
        question->call.provider = sg_provider_number(holder);
    if (search.n_definers == 1)
        question->only = sg_elf_function(&search.definers[0], search.name);
    return true;
}

uint8_t sg_hook_provider_at(struct sg_function *function, const void *address)
{
    struct question question = {.function = function, .caller = (uintptr_t)address};
    ask(&question, answer_address);
    return question.call.provider;
}

static void *entry_of(void *hook, const char *name, void *found)
{
    struct sg_function *function = sg_hook_listed(name);
    if (!function)
        return found;
    if (!function->reals)
        return found == sg_hook_libc(function) ? hook : found;
    struct question question = {.function = function, .caller = (uintptr_t)found};
    ask(&question, answer_address);
    if (!question.call.provider)
        return found;
    /* Where every call goes to the same library, the plain hook will do: it is
     * what the address of the function is elsewhere in the program. With two
     * libraries it depends on who calls, which need not be who asks now. */
    if (question.only == found)
        return hook;
    void *stub = sg_stub_for(hook, question.call.provider);
    return stub ? stub : found;
}

/* Some programs look a function up each time that they call it, so what came
 * of it is kept, as a route from the function that was found. */
void *sg_hook_entry(void *hook, const char *name, void *found)
{
    struct sg_call call;
    uint32_t generation = __atomic_load_n(&sg_modules_generation, __ATOMIC_ACQUIRE);
    if (find_route(calls, hook, (uintptr_t)found, &call))
        return call.real;
    call = (struct sg_call){.real = entry_of(hook, name, found)};
    remember(calls, hook, (uintptr_t)found, &call, generation);
    return call.real;
}

/* Before 2.34, glibc had some of them in libpthread too. */
static bool answer_alone(void *context, const struct sg_elf *first)
{
    struct question *question = context;
    struct search search = {.name = question->function->name};
    (void)first;
    look_everywhere(&search);
    question->is_libcs_alone = search.n_definers > 0;
    for (unsigned i = 0; i < search.n_definers; i++)
        if (!has_soname(&search.definers[i], "libc.so.6") &&
            !has_soname(&search.definers[i], "libpthread.so.0"))
            question->is_libcs_alone = false;
    return true;
}

bool sg_hook_is_libcs_alone(struct sg_function *function)
{
    struct question question = {.function = function};
    ask(&question, answer_alone);
    return question.is_libcs_alone;
}

struct before_us {
    const char *name;
    uintptr_t after; /* 0 once that is passed */
    bool is_found;
};

static bool is_before_us(void *context, const struct sg_elf *elf)
{
    struct before_us *wanted = context;
    if (sg_elf_holds(elf, (uintptr_t)&is_before_us))
        return true;
    if (!wanted->after)
        wanted->is_found = sg_elf_function(elf, wanted->name) != NULL;
    else if (sg_elf_holds(elf, wanted->after))
        wanted->after = 0;
    return wanted->is_found;
}

bool sg_hook_is_before_us(const char *name, uintptr_t after)
{
    struct before_us wanted = {name, after, false};
    sg_objects_each(is_before_us, &wanted, sg_detector_is_vfork_child());
    return wanted.is_found;
}

struct sg_call sg_hook_route(struct sg_function *function, uintptr_t caller)
{
    struct sg_object object = {0};
    struct sg_call call = {.provider = sg_stub_taken()};
    if (SG_UNLIKELY(call.provider)) {
        call.real = sg_hook_from(function, call.provider);
        return call;
    }
    /* Kept for this very call, and for all calls from the same object. */
    if (SG_LIKELY(find_route(calls, function, caller, &call)))
        return call;
    uint32_t generation = __atomic_load_n(&sg_modules_generation, __ATOMIC_ACQUIRE);
    if (!sg_object_find(caller, &object))
        return resolve(function, caller, 0); /* called from generated code */
    if (!find_route(routes, function, object.start, &call)) {
        call.provider = function->reals ? sg_bound_to(function, object.start) : 0;
        if (!call.provider)
            call = resolve(function, caller, object.start);
        else
            call.real = sg_hook_from(function, call.provider);
    }
    if (call.provider)
        remember(calls, function, caller, &call, generation);
    return call;
}

void *sg_hook_interposed(struct sg_function *function, uint8_t provider, uintptr_t caller)
{
    struct sg_call call = sg_hook_route(function, caller);
    bool is_interposer = call.real && call.provider && call.provider != provider &&
                         !sg_elf_has_version(sg_provider_elf(call.provider), function->name);
    return is_interposer ? call.real : sg_hook_from(function, provider);
}

uint32_t sg_scope_find_owner(const struct sg_site *site)
{
    struct sg_object object;
    if (site->cfa >= sg_scope_now.cfa || !sg_object_find(site->caller, &object))
        return 0;
    return sg_provider_includes(sg_scope_now.provider, object.start) ? sg_scope_now.serial : 0;
}

bool sg_scope_covers(const struct sg_site *site, uint32_t serial)
{
    struct sg_object object;
    if (!sg_scope_now.serial || site->cfa >= sg_scope_now.cfa)
        return false;
    return sg_scope_now.serial == serial || (sg_object_find(site->caller, &object) &&
                                             sg_provider_includes(sg_scope_now.provider, object.start));
}
