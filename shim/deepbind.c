#include "deepbind.h"
#include "hook.h"
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

/* The objects that were there before; what is not among them was loaded with
 * the plug-in, or by another thread, whose references lead to us already. */
struct list {
    uint32_t count;
    uintptr_t starts[OBJECTS_MAX];
};

static struct list *before; /* atomic */

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

void sg_deepbind_begin(void)
{
    struct list *list = sg_sys_is_barred() ? NULL : sg_sys_map(sizeof *list);
    struct list *none = NULL;
    if (!list)
        return;
    sg_objects_each(note, list, false);
    if (!__atomic_compare_exchange_n(&before, &none, list, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        sg_sys_unmap(list, sizeof *list); /* another thread loads one too; its list holds for both */
}

/* An object, and its pages that the loader has made read-only by now. */
struct table {
    const struct sg_elf *elf;
    uintptr_t relro_start, relro_end;
};

/* Where the reference should lead: our hook, if it leads to what the hook would
 * call for this object. A call that is not bound yet leads into the object. */
static void *new_target(const struct table *table, const char *name, uintptr_t now, bool is_call)
{
    bool is_unbound = is_call && sg_elf_holds(table->elf, now);
    void *hook = strncmp(name, "__", 2) == 0 ? NULL : sg_elf_function(&sg_objects_self, name);
    struct sg_function *function = hook ? sg_hook_listed(name) : NULL;
    if (!function || sg_elf_function(table->elf, name))
        return NULL;
    if (function->is_of_libc)
        return is_unbound || now == (uintptr_t)sg_hook_libc(function) ? hook : NULL;
    if (is_unbound)
        return hook;
    uint8_t provider = sg_hook_provider_at(function, (void *)now); /* NOLINT(performance-no-int-to-ptr) */
    if (provider)
        sg_hook_bind(function, table->elf->start, provider);
    return provider ? hook : NULL;
}

static void redirect(const struct table *table, uintptr_t slot, void *target)
{
    void *start = (void *)table->relro_start; /* NOLINT(performance-no-int-to-ptr) */
    size_t size = table->relro_end - table->relro_start;
    bool is_protected = slot >= table->relro_start && slot < table->relro_end;
    if (is_protected && sg_sys3(SYS_mprotect, start, size, PROT_READ | PROT_WRITE) < 0)
        return;
    __atomic_store_n((void **)slot, target, __ATOMIC_RELEASE); /* NOLINT(performance-no-int-to-ptr) */
    if (is_protected)
        sg_sys3(SYS_mprotect, start, size, PROT_READ);
}

static void redirect_all(const struct table *table, const ElfW(Rela) * entries, size_t size)
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
    if (is_noted(context, elf->start))
        return false;
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
    return false;
}

void sg_deepbind_finish(void)
{
    if (SG_LIKELY(!__atomic_load_n(&before, __ATOMIC_RELAXED)))
        return;
    struct list *list = __atomic_exchange_n(&before, NULL, __ATOMIC_ACQ_REL);
    if (!list || sg_sys_is_barred())
        return;
    sg_objects_each(lead, list, false);
    sg_sys_unmap(list, sizeof *list);
}
