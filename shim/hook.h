/* How a hook is written, and how it finds the real function.
 *
 * A hook is an exported function with the name and the prototype of the real
 * one; the library's own header is included, so that the compiler proves it.
 * The macros below make the usual ones from one line each. Odd functions are
 * plain C with the same few calls.
 *
 * Layer:   12
 * Threads: any. Only the first call of a function from an object goes through
 *          dl_iterate_phdr(), which takes the loader's write lock.
 * Memory:  static tables.
 * Fails:   a function whose library is not in the process is NULL; its hook
 *          then returns what the function returns when it fails.
 */
#ifndef SG_HOOK_H
#define SG_HOOK_H

#include "detector.h"
#include "provider.h"
#include "stubs.h"

/* The loader writes addresses into these at each start of a program, so they
 * are small. */
struct sg_function {
    const char *name;
    void *real;   /* atomic: libc's, or what stands before it */
    void **reals; /* atomic: of each provider; NULL for a function of libc */
};

/* The linker gathers pointers to all of them. */
#define SG_LISTED_FUNCTION(function, reals_)                                                                 \
    static struct sg_function real_##function = {.name = #function, .reals = (reals_)};                      \
    static struct sg_function *const listed_##function __attribute__((section("sg_functions"), used)) =      \
        &real_##function
#define SG_FUNCTION(function)                                                                                \
    static void *reals_##function[SG_PROVIDERS];                                                             \
    SG_LISTED_FUNCTION(function, reals_##function)

/* Functions of libc are found all at once by the constructor. */
#define SG_LIBC_FUNCTION(function) SG_LISTED_FUNCTION(function, NULL)
void sg_hook_start(void);

/* True if an object that comes before us defines close(): set by the constructor, as
 * close() must not wait for the loader. */
extern bool sg_hook_has_outer_close;

/* Finds what the constructor has not found yet. */
void sg_hook_find_all(void);

/* The function of this name, if it is listed. */
struct sg_function *sg_hook_listed(const char *name);

/* Where a call goes. */
struct sg_call {
    void *real;       /* NULL: the library is not there */
    uint8_t provider; /* number of the library that it goes to */
    bool is_internal; /* the library calls itself */
};

/* Finds the real function for a caller, by the library that the caller was
 * linked with where several have this function. */
struct sg_call sg_hook_route(struct sg_function *function, uintptr_t caller);

/* The library whose function of this name lies at this address, 0 if none. */
uint8_t sg_hook_provider_at(struct sg_function *function, const void *address);

/* What a program gets in place of a function that it looked up: our hook of
 * this name, or an entry to it that says which library is meant. What is not
 * the function that the hook would call (another version, a function of the
 * same name in a plug-in) is left as it is. */
void *sg_hook_entry(void *hook, const char *name, void *found);

/* True if nothing but libc has this function. */
bool sg_hook_is_libcs_alone(struct sg_function *function);

/* True if an object that comes before us defines this name; of those after
 * the one that holds an address, if that is not 0. */
bool sg_hook_is_before_us(const char *name, uintptr_t after);

/* The same function of a known library. */
void *sg_hook_from(struct sg_function *function, uint8_t provider);

/* The next definition after ours of a function of libc. */
void *sg_hook_find_libc(struct sg_function *function);
static inline void *sg_hook_libc(struct sg_function *function)
{
    void *real = __atomic_load_n(&function->real, __ATOMIC_RELAXED);
    return SG_LIKELY(real != NULL) ? real : sg_hook_find_libc(function);
}
#define SG_REAL(function) ((__typeof__(&(function)))sg_hook_libc(&real_##function))

/* ---- the session inside whose call a thread is ---- */

struct sg_scope {
    uintptr_t cfa; /* of the hook; a scope that was left by longjmp lies below */
    uint32_t serial;
    uint8_t provider;
};

extern SG_THREAD_LOCAL struct sg_scope sg_scope_now;

static inline struct sg_scope sg_scope_begin(uint32_t serial, uint8_t provider, const struct sg_site *site)
{
    struct sg_scope outer = sg_scope_now;
    sg_scope_now = (struct sg_scope){site->cfa, serial, provider};
    return outer;
}

static inline void sg_scope_end(struct sg_scope outer) { sg_scope_now = outer; }

/* The session that owns what is opened at this site: the one in whose call
 * the thread is, if its library, or one that it needs, is the caller. What a
 * callback of the program opens is the program's. 0 for none. */
uint32_t sg_scope_find_owner(const struct sg_site *site);
static inline uint32_t sg_scope_owner(const struct sg_site *site)
{
    return SG_LIKELY(sg_scope_now.serial == 0) ? 0 : sg_scope_find_owner(site);
}

/* True if the site lies in a call on this session, or, for a site in a library that
 * the session's needs, in any call: so it is the session's library that has asked. */
bool sg_scope_covers(const struct sg_site *site, uint32_t serial);

/* A call that closes a handle, whose slot may be another's when it returns. */
static inline struct sg_scope sg_hook_close_begins(const struct sg_handle *slot, const struct sg_site *site)
{
    uint32_t heir = slot ? __atomic_load_n(&slot->heir, __ATOMIC_RELAXED) : 0;
    return slot ? sg_scope_begin(heir ? heir : slot->record.serial, slot->record.provider, site)
                : sg_scope_now;
}

/* A call on a known handle begins; sg_hook_use_ends() undoes it. */
static inline struct sg_scope sg_hook_use_begins(struct sg_handle *slot, const struct sg_site *site)
{
    uint32_t heir = __atomic_load_n(&slot->heir, __ATOMIC_RELAXED);
    sg_use_begins(slot);
    return sg_scope_begin(heir ? heir : slot->record.serial, slot->record.provider, site);
}

static inline void sg_hook_use_ends(struct sg_handle *slot, struct sg_scope outer)
{
    sg_scope_end(outer);
    sg_use_ends(slot);
}

/* True once a library that is watched has functions which another library, one
 * that was preloaded after us, wants to be called for. */
extern bool sg_hook_has_interposers; /* atomic */

/* The function of a known library, or that of such an interposer which the call
 * would reach without us. */
void *sg_hook_interposed(struct sg_function *function, uint8_t provider, uintptr_t caller);

/* The real function for a handle: of the library that made it, if we know. An
 * interposer may have only some of a library's functions. */
static inline void *sg_hook_for(struct sg_function *function, const struct sg_handle *slot,
                                const struct sg_site *site)
{
    bool is_there = slot && !sg_provider_is_gone(slot->record.provider);
    void *real = is_there ? sg_hook_from(function, slot->record.provider) : NULL;
    if (SG_UNLIKELY(!real))
        return sg_hook_route(function, site->caller).real;
    /* A wrapper of the library calls on, by a pointer that says where to. */
    uint8_t said = sg_stub_taken();
    if (SG_UNLIKELY(__atomic_load_n(&sg_hook_has_interposers, __ATOMIC_RELAXED)) && !said)
        return sg_hook_interposed(function, slot->record.provider, site->caller);
    bool is_passed_on =
        said && said != slot->record.provider && sg_provider_holds(slot->record.provider, site->caller);
    return SG_UNLIKELY(is_passed_on) ? sg_hook_from(function, said) : real;
}

/* Where a library calls a function of its own, as libcurl does six times for a
 * transfer, inside a call that is being watched: that function. Else NULL. Such
 * handles are the library's own; one that is known comes from the program, as by
 * a tail call in a callback, which leaves the library as the caller. */
static inline void *sg_hook_inside(struct sg_function *function, const struct sg_handle *slot,
                                   const struct sg_site *site)
{
    uint8_t provider = sg_scope_now.provider;
    bool is_inside = provider && !slot && !__atomic_load_n(&sg_hook_has_interposers, __ATOMIC_RELAXED) &&
                     !sg_stub_entered && site->cfa < sg_scope_now.cfa && !sg_provider_is_gone(provider) &&
                     sg_provider_holds(provider, site->caller);
    return is_inside ? sg_hook_from(function, provider) : NULL;
}

/* ---- hooks from one line ---- */

/* A kind of a family, with its words. */
#define SG_KIND(kind, ...) static struct sg_kind kind = {__VA_ARGS__}

/* The family that the generated list of families names. */
#define SG_FAMILY(family, ...)                                                                               \
    const struct sg_family sg_family_##family = {#family, (struct sg_kind *const[]){__VA_ARGS__, NULL}}

/* `function` returns a new handle, or `fail`. */
#define SG_OPENS(kind, type, function, params, args, fail)                                                   \
    SG_FUNCTION(function);                                                                                   \
    SG_EXPORT type function params                                                                           \
    {                                                                                                        \
        struct sg_site site = SG_SITE();                                                                     \
        struct sg_call call = sg_hook_route(&real_##function, site.caller);                                  \
        __typeof__(&(function)) real = (__typeof__(real))call.real;                                          \
        SG_OPENS_BODY(kind, type, real, args, fail)                                                          \
    }
#define SG_OPENS_BODY(kind, type, real, args, fail)                                                          \
    if (!(real))                                                                                             \
        return (fail);                                                                                       \
    if (SG_UNLIKELY(call.is_internal)) {                                                                     \
        sg_thread_disabled++; /* also what an interposer of the library makes of it */                       \
        type internal = (real)args;                                                                          \
        sg_thread_disabled--;                                                                                \
        return internal;                                                                                     \
    }                                                                                                        \
    uint32_t serial = sg_serial_next();                                                                      \
    struct sg_scope outer = sg_scope_begin(serial, call.provider, &site);                                    \
    type result = (real)args;                                                                                \
    sg_scope_end(outer);                                                                                     \
    if (result != (fail))                                                                                    \
        sg_opened(&(kind), (uintptr_t)result, &site, serial, call.provider);                                 \
    return result;

/* `function` works on a handle and may open things for it. */
#define SG_USES(kind, type, function, params, args, handle, fail)                                            \
    SG_FUNCTION(function);                                                                                   \
    SG_EXPORT type function params                                                                           \
    {                                                                                                        \
        struct sg_site site = SG_SITE();                                                                     \
        struct sg_handle *slot = sg_known(&(kind), (uintptr_t)(handle));                                     \
        __typeof__(&(function)) inside = (__typeof__(inside))sg_hook_inside(&real_##function, slot, &site);  \
        if (inside)                                                                                          \
            return (inside)args;                                                                             \
        __typeof__(&(function)) real = (__typeof__(real))sg_hook_for(&real_##function, slot, &site);         \
        SG_USES_BODY(type, real, args, fail)                                                                 \
    }
#define SG_USES_BODY(type, real, args, fail)                                                                 \
    if (!(real) || !slot)                                                                                    \
        return (real) ? (real)args : (fail);                                                                 \
    struct sg_scope outer = sg_hook_use_begins(slot, &site);                                                 \
    type result = (real)args;                                                                                \
    sg_hook_use_ends(slot, outer);                                                                           \
    return result;

/* `function` closes a handle and cannot fail. */
#define SG_CLOSES(kind, function, type)                                                                      \
    SG_FUNCTION(function);                                                                                   \
    SG_EXPORT void function(type handle)                                                                     \
    {                                                                                                        \
        struct sg_site site = SG_SITE();                                                                     \
        struct sg_handle *slot = sg_known(&(kind), (uintptr_t)handle);                                       \
        __typeof__(&(function)) real = (__typeof__(real))sg_hook_for(&real_##function, slot, &site);         \
        struct sg_scope outer = sg_hook_close_begins(slot, &site);                                           \
        (void)sg_closing(slot);                                                                              \
        if (real)                                                                                            \
            real(handle);                                                                                    \
        sg_scope_end(outer);                                                                                 \
    }

/* `function` closes a handle, which stays open unless it returns `success`. */
#define SG_CLOSES_IF(kind, function, type, result_type, success, fail)                                       \
    SG_FUNCTION(function);                                                                                   \
    SG_EXPORT result_type function(type handle)                                                              \
    {                                                                                                        \
        struct sg_site site = SG_SITE();                                                                     \
        struct sg_handle *slot = sg_known(&(kind), (uintptr_t)handle);                                       \
        __typeof__(&(function)) real = (__typeof__(real))sg_hook_for(&real_##function, slot, &site);         \
        SG_CLOSES_IF_BODY(kind, result_type, real, success, fail)                                            \
    }
#define SG_CLOSES_IF_BODY(kind, result_type, real, success, fail)                                            \
    struct sg_scope outer = sg_hook_close_begins(slot, &site);                                               \
    struct sg_taken taken = sg_trying_to_close(slot);                                                        \
    result_type result = (real) ? (real)(handle) : (fail);                                                   \
    sg_scope_end(outer);                                                                                     \
    if (result != (success))                                                                                 \
        sg_close_failed(&taken);                                                                             \
    return result;

#endif
