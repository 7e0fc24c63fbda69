#include "loader.h"
#include "bound.h"
#include "deepbind.h"
#include "hook.h"
#include "modules.h"
#include "object.h"
#include "reach.h"
#include "tail_jump.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

/* ---- loading ---- */

void (*sg_loader_loaded)(void);
void (*sg_loader_unloads)(bool is_over);
static bool is_news; /* atomic: something was loaded since the last look-up */

/* The child of a vfork runs in its parent's memory, and must not say there
 * that the parent is another process. */
static void before_loader(void)
{
    if (!sg_detector_is_vfork_child())
        sg_objects_loader_called();
    sg_deepbind_finish();
}

SG_LIBC_FUNCTION(dlopen);
SG_BEFORE before_dlopen(const char *path, int flags, uintptr_t caller)
{
    (void)caller;
    before_loader();
    if (path && (flags & RTLD_DEEPBIND) && !(flags & RTLD_NOLOAD))
        sg_deepbind_begin();
    if (path)
        __atomic_store_n(&is_news, true, __ATOMIC_RELAXED);
    return (struct sg_jump){.real = sg_hook_libc(&real_dlopen)};
}
SG_TAIL_JUMP(dlopen, 3);

/* A namespace of its own has its own libc, which nobody can stand before. */
static bool has_namespaces; /* atomic */

SG_LIBC_FUNCTION(dlmopen);
SG_BEFORE before_dlmopen(Lmid_t space, const char *path, int flags, uintptr_t caller)
{
    (void)caller;
    before_loader();
    if (path && space != LM_ID_BASE)
        __atomic_store_n(&has_namespaces, true, __ATOMIC_RELAXED);
    else if (path && (flags & RTLD_DEEPBIND) && !(flags & RTLD_NOLOAD))
        sg_deepbind_begin();
    return (struct sg_jump){.real = sg_hook_libc(&real_dlmopen)};
}
SG_TAIL_JUMP(dlmopen, 4);

bool sg_loader_has_namespaces(void) { return __atomic_load_n(&has_namespaces, __ATOMIC_RELAXED); }

/* ---- unloading: what an address means ends ---- */

static unsigned long long known_unloads; /* atomic */

SG_LIBC_FUNCTION(dlclose);
SG_EXPORT int dlclose(void *library)
{
    before_loader();
    sg_modules_unsettle();
    if (sg_loader_unloads)
        sg_loader_unloads(false);
    int result = SG_REAL(dlclose)(library);
    unsigned long long unloads = sg_objects_unloads();
    bool is_changed = __atomic_exchange_n(&known_unloads, unloads, __ATOMIC_RELAXED) != unloads;
    if (is_changed)
        sg_provider_unloaded();
    sg_bound_unloaded();
    if (sg_loader_unloads)
        sg_loader_unloads(true);
    sg_modules_settle(is_changed);
    return result;
}

/* ---- looking up ---- */

SG_LIBC_FUNCTION(dlsym);
SG_LIBC_FUNCTION(dlvsym);

/* Our hook of this name, but not our own interface, which has no other. On
 * another C library nothing is looked for. */
static void *hook_of(const char *name)
{
    if (!sg_objects_self.dynamic || strncmp(name, "__sessguard_", 12) == 0 ||
        strcmp(name, "__asan_default_options") == 0)
        return NULL;
    return sg_elf_function(&sg_objects_self, name);
}

/* What comes before us stays where it is for as long as the program runs. */
static bool is_after_us(uintptr_t caller)
{
    struct sg_object object;
    struct sg_object self;
    if (!sg_object_find(caller, &object) || !object.map || !sg_object_find((uintptr_t)&is_after_us, &self))
        return false;
    for (const struct link_map *map = self.map; map; map = map->l_prev)
        if (map == object.map)
            return false;
    return true;
}

static bool is_of_libc(const char *name)
{
    const struct sg_function *function = sg_hook_listed(name);
    return function && !function->reals;
}

/* True if the function is there for others than us: in the program's own
 * scope, or in that of the caller. Otherwise our hook must not look like the
 * library itself, and the loader's error is set. */
static bool is_there(const char *name, const void *handle, uintptr_t caller)
{
    return sg_hook_is_before_us(name, handle == RTLD_NEXT ? caller : 0) || SG_REAL(dlsym)(RTLD_NEXT, name) ||
           (is_after_us(caller) && sg_reach_finds(caller, name));
}

/* Jumps on as if the caller had asked for the next one, RTLD_NEXT: one that
 * comes after us cannot find our hook then, and gets the error that it would
 * get without us, with its own name. */
__attribute__((used)) static void *dlsym_of_loader;
extern char dlsym_next[] __attribute__((visibility("hidden")));
#if defined(__x86_64__)
__asm__(".text\n.type dlsym_next, @function\ndlsym_next:\n"
        "    .cfi_startproc\n"
        "    endbr64\n"
        "    movq $-1, %rdi\n"
        "    jmp *dlsym_of_loader(%rip)\n"
        "    .cfi_endproc\n.size dlsym_next, .-dlsym_next\n");
#elif defined(__aarch64__)
__asm__(".text\n.type dlsym_next, %function\ndlsym_next:\n"
        "    .cfi_startproc\n"
        "    hint 34\n" /* bti c */
        "    mov x0, #-1\n"
        "    adrp x16, dlsym_of_loader\n"
        "    ldr x16, [x16, :lo12:dlsym_of_loader]\n"
        "    br x16\n"
        "    .cfi_endproc\n.size dlsym_next, .-dlsym_next\n");
#endif

SG_BEFORE before_dlsym(void *handle, const char *name, uintptr_t caller)
{
    struct sg_jump on = {.real = sg_hook_libc(&real_dlsym)};
    sg_deepbind_finish();
    if (SG_UNLIKELY(__atomic_load_n(&is_news, __ATOMIC_RELAXED)) && sg_loader_loaded &&
        !sg_detector_is_vfork_child()) {
        __atomic_store_n(&is_news, false, __ATOMIC_RELAXED);
        sg_loader_loaded();
    }
    void *hook = name ? hook_of(name) : NULL;
    if (!hook)
        return on;
    if (handle == RTLD_DEFAULT || handle == RTLD_NEXT) {
        bool is_safe = handle == RTLD_NEXT && is_after_us(caller);
        if (is_of_libc(name) || is_safe || is_there(name, handle, caller))
            return on;
        if (!is_after_us(caller))
            return (struct sg_jump){0};
        __atomic_store_n(&dlsym_of_loader, on.real, __ATOMIC_RELAXED);
        return (struct sg_jump){.real = dlsym_next};
    }
    void *found = ((__typeof__(&dlsym))on.real)(handle, name);
    if (!found)
        return (struct sg_jump){0};
    if (!sg_elf_holds(&sg_objects_self, (uintptr_t)found))
        return (struct sg_jump){.result = sg_hook_entry(hook, name, found)};
    return (struct sg_jump){.result = is_of_libc(name) || is_there(name, handle, 0) ? found : NULL};
}
SG_TAIL_JUMP(dlsym, 3);

/* With a version our hooks, which have none, are never found. A program that
 * asks for the next or the default one is mostly an interposer itself, and
 * gets the real one. */
SG_BEFORE before_dlvsym(void *handle, const char *name, const char *version, uintptr_t caller)
{
    struct sg_jump on = {.real = sg_hook_libc(&real_dlvsym)};
    (void)caller;
    sg_deepbind_finish();
    void *hook = name && handle != RTLD_DEFAULT && handle != RTLD_NEXT ? hook_of(name) : NULL;
    if (!hook)
        return on;
    void *found = ((__typeof__(&dlvsym))on.real)(handle, name, version);
    return (struct sg_jump){.result = found ? sg_hook_entry(hook, name, found) : NULL};
}
SG_TAIL_JUMP(dlvsym, 4);
