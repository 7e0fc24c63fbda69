#include "switch.h"
#include "symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define OBJECTS_MAX 256
#define SLOTS_MAX 8192

#if defined(__x86_64__)
#define IS_REFERENCE(type)                                                                                   \
    ((type) == R_X86_64_JUMP_SLOT || (type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_64)
#elif defined(__aarch64__)
#define IS_REFERENCE(type)                                                                                   \
    ((type) == R_AARCH64_JUMP_SLOT || (type) == R_AARCH64_GLOB_DAT || (type) == R_AARCH64_ABS64)
#endif

struct slot {
    void **at;
    void *hook, *real;
};

static struct sg_elf objects[OBJECTS_MAX]; /* in load order */
static int n_objects;
static const struct sg_elf *library; /* among them */
static struct slot slots[SLOTS_MAX];
static int n_slots;

static void fail(const char *what, const char *name)
{
    (void)fprintf(stderr, "switch: %s%s\n", what, name);
    exit(1);
}

static int keep_object(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (n_objects == OBJECTS_MAX)
        fail("too many objects", "");
    n_objects += sg_elf_from(&objects[n_objects], info);
    return 0;
}

/* What the call would reach if the library were not there: the function of the
 * library that the symbol's version names, or else the next in load order. */
static void *real_for(const struct sg_elf *importer, const char *name)
{
    const char *wanted = sg_elf_wanted_from(importer, name);
    void *first = NULL;
    for (const struct sg_elf *elf = library + 1; elf < objects + n_objects; elf++) {
        void *found = sg_elf_function(elf, name);
        if (found && wanted && elf->soname && strcmp(elf->soname, wanted) == 0)
            return found;
        if (!first)
            first = found;
    }
    return first;
}

static void make_writable(const struct sg_elf *elf)
{
    uintptr_t start;
    uintptr_t end;
    sg_elf_relro(elf, &start, &end);
    if (end > start && mprotect((void *)start, end - start, PROT_READ | PROT_WRITE) != 0)
        fail("cannot write to the slots of ", elf->soname ? elf->soname : "the program");
}

static void collect(const struct sg_elf *elf, const ElfW(Rela) * entries, size_t size)
{
    for (size_t i = 0; entries && i < size / sizeof entries[0]; i++) {
        if (!IS_REFERENCE(ELF64_R_TYPE(entries[i].r_info)) || entries[i].r_addend != 0)
            continue;
        const char *name = elf->strings + elf->symbols[ELF64_R_SYM(entries[i].r_info)].st_name;
        struct slot slot = {.at = (void **)(elf->base + entries[i].r_offset),
                            .hook = sg_elf_function(library, name)};
        if (!slot.hook || *slot.at != slot.hook)
            continue;
        /* Without the library a weak reference of ours leads nowhere. */
        slot.real = real_for(elf, name);
        if (!slot.real && strncmp(name, "__", 2) != 0)
            fail("nobody else has ", name);
        if (n_slots == SLOTS_MAX)
            fail("too many slots", "");
        if (slot.real)
            slots[n_slots++] = slot;
    }
}

static void collect_all(const struct sg_elf *elf)
{
    const ElfW(Rela) * tables[2] = {NULL, NULL};
    size_t sizes[2] = {0, 0};
    for (const ElfW(Dyn) *entry = elf->dynamic; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_RELA || entry->d_tag == DT_JMPREL)
            tables[entry->d_tag == DT_JMPREL] = sg_elf_pointer(elf, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_RELASZ || entry->d_tag == DT_PLTRELSZ)
            sizes[entry->d_tag == DT_PLTRELSZ] = entry->d_un.d_val;
    }
    int before = n_slots;
    for (int i = 0; i < 2; i++)
        collect(elf, tables[i], sizes[i]);
    if (n_slots > before)
        make_writable(elf);
}

/* libc and the loader call themselves without the library too. */
static bool is_left_alone(const struct sg_elf *elf)
{
    return elf == library ||
           (elf->soname && (strcmp(elf->soname, "libc.so.6") == 0 || strncmp(elf->soname, "ld-", 3) == 0));
}

SG_EXPORT int switch_start(void)
{
    dl_iterate_phdr(keep_object, NULL);
    for (int i = 0; i < n_objects && !library; i++)
        if (sg_elf_function(&objects[i], "__sessguard_disable"))
            library = &objects[i];
    for (int i = 0; i < n_objects && library; i++)
        if (!is_left_alone(&objects[i]))
            collect_all(&objects[i]);
    return n_slots;
}

SG_EXPORT void switch_to(bool is_on)
{
    for (int i = 0; i < n_slots; i++)
        __atomic_store_n(slots[i].at, is_on ? slots[i].hook : slots[i].real, __ATOMIC_RELEASE);
}
