#include "slots.h"
#include "objects.h"
#include "sys.h"

#include <sys/mman.h>

#if defined(__x86_64__)
#define IS_CALL(type) ((type) == R_X86_64_JUMP_SLOT)
#define IS_ADDRESS(type) ((type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_64)
#elif defined(__aarch64__)
#define IS_CALL(type) ((type) == R_AARCH64_JUMP_SLOT)
#define IS_ADDRESS(type) ((type) == R_AARCH64_GLOB_DAT || (type) == R_AARCH64_ABS64)
#endif

/* An object, and its pages that the loader has made read-only by now. */
struct table {
    const struct sg_elf *elf;
    sg_slots_target *target;
    uintptr_t relro_start, relro_end;
    bool is_writable;
};

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
    size_t room = entries ? sg_elf_room(elf, entries) : 0;
    for (size_t i = 0; i < (size < room ? size : room) / sizeof entries[0]; i++) {
        uint32_t type = (uint32_t)ELF64_R_TYPE(entries[i].r_info);
        if ((!IS_CALL(type) && !IS_ADDRESS(type)) || entries[i].r_addend != 0)
            continue;
        /* Of a call that was never made the loader has looked only at the slot. */
        const char *name = sg_elf_symbol_name(elf, ELF64_R_SYM(entries[i].r_info));
        if (!name)
            continue;
        uintptr_t slot = elf->base + entries[i].r_offset;
        uintptr_t now = __atomic_load_n((const uintptr_t *)slot, __ATOMIC_ACQUIRE); /* NOLINT */
        void *target = table->target(elf, name, now, IS_CALL(type));
        if (target)
            redirect(table, slot, target);
    }
}

void sg_slots_lead(const struct sg_elf *elf, sg_slots_target *target)
{
    struct table table = {.elf = elf, .target = target};
    const ElfW(Rela) *plain = NULL;
    const ElfW(Rela) *calls = NULL;
    size_t plain_size = 0;
    size_t calls_size = 0;
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
    if (!elf->parts)
        return; /* nobody knows which pages are read-only */
    sg_elf_relro(elf, &table.relro_start, &table.relro_end);
    redirect_all(&table, plain, plain_size);
    redirect_all(&table, calls, calls_size);
    if (table.is_writable)
        (void)protect(&table, PROT_READ);
}

/* Only calls: the address of a function is the same for all who ask for it. One
 * that is not bound yet may be bound to a function of the program's. A library
 * whose functions have no version may be a wrapper that stands before the real
 * one, and is watched throughout. */
void *sg_slots_inward(const struct sg_elf *elf, const char *name, uintptr_t now, bool is_call)
{
    bool is_hook = sg_elf_holds(&sg_objects_self, now);
    if (!is_call || !is_hook || !sg_elf_has_version(elf, name))
        return NULL;
    return sg_elf_function(elf, name);
}
