#include "deepbind.h"
#include "bound.h"
#include "hook.h"
#include "object.h"
#include "slots.h"
#include "sys.h"

#include <string.h>

#define OBJECTS_MAX 4096U

/* The objects that were there before one such plug-in; what is not among them
 * was loaded with it, or by another thread, whose references lead to us
 * already. The thread that loads it makes a pass when it is next in the loader;
 * other threads that come by make some before, as they may be the ones that
 * look its symbols up, but also come while it is still being loaded. */
struct list {
    struct list *next;
    const void *thread;       /* that loads the plug-in: an address that is its own */
    unsigned long long loads; /* how many there had been at the last pass */
    bool is_partial;          /* that pass met an object that was not complete */
    uint32_t count;
    uintptr_t starts[OBJECTS_MAX];
};

static SG_THREAD_LOCAL struct list *own;
static struct list *shared; /* atomic: whoever works on them has them alone */

static const void *this_thread(void) { return &sg_scope_now; }

static void push(struct list *list)
{
    list->next = __atomic_load_n(&shared, __ATOMIC_RELAXED);
    while (
        !__atomic_compare_exchange_n(&shared, &list->next, list, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
    }
}

static bool note(void *context, const struct sg_elf *elf)
{
    struct list *list = context;
    if (list->count < OBJECTS_MAX)
        list->starts[list->count++] = elf->start;
    return false;
}

static bool is_noted(const struct list *list, uintptr_t start)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->starts[i] == start)
            return true;
    return list->count == OBJECTS_MAX;
}

static struct list *new_list(void)
{
    struct list *list = sg_sys_is_barred() ? NULL : sg_sys_map(sizeof *list);
    if (!list)
        return NULL;
    list->thread = this_thread();
    list->loads = sg_objects_loads();
    sg_objects_each(note, list, false);
    return list;
}

void sg_deepbind_begin(void)
{
    own = new_list();
    struct list *list = new_list();
    if (list)
        push(list);
}

/* The loader relocates an object, and then makes pages of it read-only, before
 * _dl_find_object() knows it; until then it must be left alone. */
static bool is_complete(const struct sg_elf *elf)
{
    struct sg_object object;
    return sg_object_find((uintptr_t)elf->dynamic, &object) && object.base == elf->base;
}

/* Where the reference should lead: our hook, if it leads to what the hook would
 * call for this object. A call that is not bound yet leads into the object; a
 * function of libc may be one of a library that the plug-in brings, for which
 * it was loaded like this: then it is left as it is. */
static void *new_target(const struct sg_elf *elf, const char *name, uintptr_t now, bool is_call)
{
    bool is_unbound = is_call && sg_elf_holds(elf, now);
    void *hook = strncmp(name, "__", 2) == 0 ? NULL : sg_elf_function(&sg_objects_self, name);
    struct sg_function *function = hook ? sg_hook_listed(name) : NULL;
    if (!function || sg_elf_function(elf, name))
        return NULL;
    if (!function->reals)
        return now == (uintptr_t)sg_hook_libc(function) || (is_unbound && sg_hook_is_libcs_alone(function))
                   ? hook
                   : NULL;
    if (is_unbound)
        return hook;
    uint8_t provider = sg_hook_provider_at(function, (void *)now); /* NOLINT(performance-no-int-to-ptr) */
    if (provider)
        sg_bound_add(function, elf->start, provider);
    return provider ? hook : NULL;
}

static bool lead(void *context, const struct sg_elf *elf)
{
    struct list *list = context;
    if (is_noted(list, elf->start))
        return false;
    if (!is_complete(elf)) {
        list->is_partial = true;
        return false;
    }
    sg_slots_lead(elf, new_target);
    return false;
}

static void pass(struct list *list)
{
    list->is_partial = false;
    sg_objects_each(lead, list, false);
}

static void finish_own(void)
{
    struct list *list = own;
    own = NULL;
    if (!list)
        return;
    pass(list);
    sg_sys_unmap(list, sizeof *list);
}

static void pass_shared(void)
{
    struct list *next;
    for (struct list *list = __atomic_exchange_n(&shared, NULL, __ATOMIC_ACQUIRE); list; list = next) {
        next = list->next;
        if (list->thread == this_thread()) {
            sg_sys_unmap(list, sizeof *list);
            continue;
        }
        unsigned long long loads = sg_objects_loads();
        if (list->is_partial || list->loads != loads)
            pass(list);
        list->loads = loads;
        push(list);
    }
}

void sg_deepbind_finish(void)
{
    if (SG_UNLIKELY(sg_sys_is_barred()))
        return;
    if (SG_UNLIKELY(own != NULL))
        finish_own();
    if (SG_UNLIKELY(__atomic_load_n(&shared, __ATOMIC_RELAXED) != NULL))
        pass_shared();
}
