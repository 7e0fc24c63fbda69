#include "deepbind.h"
#include "bound.h"
#include "hook.h"
#include "object.h"
#include "sys.h"

#include <link.h>
#include <string.h>
#include <sys/mman.h>

#define OBJECTS_MAX 4096U

#if defined(__x86_64__)
#define IS_CALL(type) ((type) == R_X86_64_JUMP_SLOT)
#define IS_ADDRESS(type) ((type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_64)
#elif defined(__aarch64__)
#define IS_CALL(type) ((type) == R_AARCH64_JUMP_SLOT)
#define IS_ADDRESS(type) ((type) == R_AARCH64_GLOB_DAT || (type) == R_AARCH64_ABS64)
#endif

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

/* An object, and its pages that the loader has made read-only by now. */
struct table {
    const struct sg_elf *elf;
    uintptr_t relro_start, relro_end;
    bool is_writable;
};

/* Where the reference should lead: our hook, if it leads to what the hook would
 * call for this object. A call that is not bound yet leads into the object; a
 * function of libc may be one of a library that the plug-in brings, for which
 * it was loaded like this: then it is left as it is. */
static void *new_target(const struct table *table, const char *name, uintptr_t now, bool is_call)
{
    bool is_unbound = is_call && sg_elf_holds(table->elf, now);
    void *hook = strncmp(name, "__", 2) == 0 ? NULL : sg_elf_function(&sg_objects_self, name);
    struct sg_function *function = hook ? sg_hook_listed(name) : NULL;
    if (!function || sg_elf_function(table->elf, name))
        return NULL;
    if (!function->reals)
        return now == (uintptr_t)sg_hook_libc(function) || (is_unbound && sg_hook_is_libcs_alone(function))
                   ? hook
                   : NULL;
    if (is_unbound)
        return hook;
    uint8_t provider = sg_hook_provider_at(function, (void *)now); /* NOLINT(performance-no-int-to-ptr) */
    if (provider)
        sg_bound_add(function, table->elf->start, provider);
    return provider ? hook : NULL;
}

static bool protect(const struct table *table, int protection)
{
    void *start = (void *)table->relro_start; /* NOLINT(performance-no-int-to-ptr) */
    return sg_sys3(SYS_mprotect, start, table->relro_end - table->relro_start, protection) == 0;
}

static void redirect(struct table *table, uintptr_t slot, void *target)
{
    bool is_protected = slot >= table->relro_start && slot < table->relro_end;
    if (is_protected && !table->is_writable)
        table->is_writable = protect(table, PROT_READ | PROT_WRITE);
    if (!is_protected || table->is_writable)
        __atomic_store_n((void **)slot, target, __ATOMIC_RELEASE); /* NOLINT(performance-no-int-to-ptr) */
}

static void redirect_all(struct table *table, const ElfW(Rela) * entries, size_t size)
{
    const struct sg_elf *elf = table->elf;
    for (size_t i = 0; entries && i < size / sizeof entries[0]; i++) {
        uint32_t type = (uint32_t)ELF64_R_TYPE(entries[i].r_info);
        if ((!IS_CALL(type) && !IS_ADDRESS(type)) || entries[i].r_addend != 0)
            continue;
        const ElfW(Sym) *symbol = &elf->symbols[ELF64_R_SYM(entries[i].r_info)];
        uintptr_t slot = elf->base + entries[i].r_offset;
        uintptr_t now = __atomic_load_n((const uintptr_t *)slot, __ATOMIC_ACQUIRE); /* NOLINT */
        void *target = new_target(table, elf->strings + symbol->st_name, now, IS_CALL(type));
        if (target)
            redirect(table, slot, target);
    }
}

static bool lead(void *context, const struct sg_elf *elf)
{
    struct table table = {.elf = elf};
    const ElfW(Rela) *plain = NULL;
    const ElfW(Rela) *calls = NULL;
    size_t plain_size = 0;
    size_t calls_size = 0;
    struct list *list = context;
    if (is_noted(list, elf->start))
        return false;
    if (!is_complete(elf)) {
        list->is_partial = true;
        return false;
    }
    for (const ElfW(Dyn) *entry = elf->dynamic; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_RELA)
            plain = sg_elf_pointer(elf, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_RELASZ)
            plain_size = entry->d_un.d_val;
        else if (entry->d_tag == DT_JMPREL)
            calls = sg_elf_pointer(elf, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_PLTRELSZ)
            calls_size = entry->d_un.d_val;
    }
    sg_elf_relro(elf, &table.relro_start, &table.relro_end);
    redirect_all(&table, plain, plain_size);
    redirect_all(&table, calls, calls_size);
    if (table.is_writable)
        (void)protect(&table, PROT_READ);
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
