#include "symbols.h"

#include <string.h>
#include <sys/auxv.h>

#define HIDDEN_VERSION 0x8000U

/* glibc relocates the pointers of a dynamic section, but not the kernel's own
 * object's; a pointer below the base is still an offset. */
const void *sg_elf_pointer(const struct sg_elf *elf, uintptr_t value)
{
    return (const void *)(value < elf->base ? value + elf->base
                                            : value); /* NOLINT(performance-no-int-to-ptr) */
}

static void read_dynamic(struct sg_elf *elf)
{
    size_t soname = 0;
    for (const ElfW(Dyn) *entry = elf->dynamic; entry->d_tag != DT_NULL; entry++) {
        const void *value = sg_elf_pointer(elf, entry->d_un.d_ptr);
        if (entry->d_tag == DT_SYMTAB)
            elf->symbols = value;
        else if (entry->d_tag == DT_STRTAB)
            elf->strings = value;
        else if (entry->d_tag == DT_GNU_HASH)
            elf->gnu_hash = value;
        else if (entry->d_tag == DT_HASH)
            elf->hash = value;
        else if (entry->d_tag == DT_VERSYM)
            elf->versions = value;
        else if (entry->d_tag == DT_VERNEED)
            elf->needed_versions = value;
        else if (entry->d_tag == DT_SONAME)
            soname = entry->d_un.d_val;
    }
    if (soname && elf->strings)
        elf->soname = elf->strings + soname;
}

static bool read_tables(struct sg_elf *elf)
{
    if (!elf->dynamic)
        return false;
    read_dynamic(elf);
    return elf->symbols && elf->strings && (elf->gnu_hash || elf->hash);
}

bool sg_elf_from(struct sg_elf *elf, const struct dl_phdr_info *info)
{
    *elf = (struct sg_elf){.base = info->dlpi_addr, .start = UINTPTR_MAX};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_DYNAMIC)
            elf->dynamic = (const void *)start; /* NOLINT(performance-no-int-to-ptr) */
        if (part->p_type != PT_LOAD)
            continue;
        if (start < elf->start)
            elf->start = start;
        if (start + part->p_memsz > elf->end)
            elf->end = start + part->p_memsz;
    }
    return read_tables(elf);
}

bool sg_elf_from_map(struct sg_elf *elf, const struct link_map *map)
{
    *elf = (struct sg_elf){.base = map->l_addr, .dynamic = map->l_ld};
    return read_tables(elf);
}

/* The tables of a GNU hash section. */
struct gnu_hash {
    uint32_t n_buckets, first, n_bloom;
    const uint32_t *buckets, *chain;
};

static struct gnu_hash gnu_hash_of(const struct sg_elf *elf)
{
    const uint32_t *words = elf->gnu_hash;
    struct gnu_hash hash = {.n_buckets = words[0], .first = words[1], .n_bloom = words[2]};
    hash.buckets = words + 4 + (size_t)hash.n_bloom * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    hash.chain = hash.buckets + hash.n_buckets;
    return hash;
}

static uint32_t gnu_hash_name(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash;
}

enum sort { FUNCTION, VARIABLE };

static bool is_of_sort(const ElfW(Sym) * symbol, enum sort sort)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    return sort == VARIABLE ? type == STT_OBJECT : type == STT_FUNC || type == STT_GNU_IFUNC;
}

/* A match counts if it is defined, and of this sort; true if none can be better. */
static bool consider(const struct sg_elf *elf, uint32_t index, const char *name, enum sort sort,
                     const ElfW(Sym) * *best)
{
    const ElfW(Sym) *symbol = &elf->symbols[index];
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_value == 0 || !is_of_sort(symbol, sort) ||
        strcmp(elf->strings + symbol->st_name, name) != 0)
        return false;
    *best = symbol;
    return !elf->versions || !(elf->versions[index] & HIDDEN_VERSION);
}

static const ElfW(Sym) * find(const struct sg_elf *elf, const char *name, enum sort sort)
{
    const ElfW(Sym) *best = NULL;
    if (elf->gnu_hash) {
        struct gnu_hash hash = gnu_hash_of(elf);
        uint32_t wanted = gnu_hash_name(name);
        uint32_t index = hash.n_buckets ? hash.buckets[wanted % hash.n_buckets] : 0;
        if (index < hash.first)
            return NULL;
        for (;; index++) {
            uint32_t there = hash.chain[index - hash.first];
            if ((there | 1) == (wanted | 1) && consider(elf, index, name, sort, &best))
                return best;
            if (there & 1)
                return best;
        }
    }
    for (uint32_t index = 1; elf->hash && index < elf->hash[1]; index++)
        if (consider(elf, index, name, sort, &best))
            return best;
    return best;
}

/* The function that an indirect one stands for (gABI extension of GNU): its
 * symbol is a function that chooses one for this machine. */
static void *chosen_by(uintptr_t resolver)
{
#if defined(__aarch64__)
    const struct {
        unsigned long size, hwcap, hwcap2;
    } machine = {sizeof machine, getauxval(AT_HWCAP), getauxval(AT_HWCAP2)};
    void *(*resolve)(unsigned long, const void *) = (void *(*)(unsigned long, const void *))resolver;
    return resolve(machine.hwcap | UINT64_C(1) << 62, &machine); /* <sys/ifunc.h>: _IFUNC_ARG_HWCAP */
#else
    return ((void *(*)(void))resolver)(); /* NOLINT(performance-no-int-to-ptr) */
#endif
}

void *sg_elf_function(const struct sg_elf *elf, const char *name)
{
    const ElfW(Sym) *symbol = find(elf, name, FUNCTION);
    if (!symbol)
        return NULL;
    uintptr_t address = elf->base + symbol->st_value;
    if (SG_UNLIKELY(ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC))
        return chosen_by(address);
    return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

const void *sg_elf_variable(const struct sg_elf *elf, const char *name)
{
    const ElfW(Sym) *symbol = find(elf, name, VARIABLE);
    return symbol ? (const void *)(elf->base + symbol->st_value)
                  : NULL; /* NOLINT(performance-no-int-to-ptr) */
}

size_t sg_elf_size(const struct sg_elf *elf, const char *name)
{
    const ElfW(Sym) *symbol = find(elf, name, FUNCTION);
    if (!symbol)
        symbol = find(elf, name, VARIABLE);
    return symbol ? symbol->st_size : 0;
}

bool sg_elf_has_version(const struct sg_elf *elf, const char *name)
{
    const ElfW(Sym) *symbol = find(elf, name, FUNCTION);
    /* 0 and 1 stand for none: gABI of GNU, VER_NDX_LOCAL and VER_NDX_GLOBAL. */
    return symbol && elf->versions && (elf->versions[symbol - elf->symbols] & ~HIDDEN_VERSION) > 1;
}

void sg_elf_relro(const struct sg_elf *elf, uintptr_t *start, uintptr_t *end)
{
    /* The first segment of every linker's output begins with the ELF header. */
    const ElfW(Ehdr) *header = (const void *)elf->start; /* NOLINT(performance-no-int-to-ptr) */
    uintptr_t page = getauxval(AT_PAGESZ);
    *start = *end = 0;
    if (!elf->start || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return;
    const ElfW(Phdr) *parts = (const void *)(elf->start + header->e_phoff); /* NOLINT */
    for (int i = 0; i < header->e_phnum; i++) {
        if (parts[i].p_type != PT_GNU_RELRO)
            continue;
        *start = (elf->base + parts[i].p_vaddr) & ~(page - 1);
        *end = (elf->base + parts[i].p_vaddr + parts[i].p_memsz) & ~(page - 1);
    }
}

/* One more than the highest symbol that a table of relocations names. */
static uint32_t count_relocated(const ElfW(Rela) * table, size_t size)
{
    uint32_t count = 0;
    for (size_t i = 0; i < size / sizeof table[0]; i++)
        if (ELF64_R_SYM(table[i].r_info) >= count)
            count = (uint32_t)ELF64_R_SYM(table[i].r_info) + 1;
    return count;
}

/* Where nothing is exported, the hash table is empty, and its first symbol may
 * be a 1 that means nothing. What is imported and used has a relocation. */
static uint32_t count_imported(const struct sg_elf *elf)
{
    uintptr_t tables[2] = {0};
    size_t sizes[2] = {0};
    for (const ElfW(Dyn) *entry = elf->dynamic; entry && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_RELA || entry->d_tag == DT_JMPREL)
            tables[entry->d_tag == DT_JMPREL] = entry->d_un.d_ptr;
        else if (entry->d_tag == DT_RELASZ || entry->d_tag == DT_PLTRELSZ)
            sizes[entry->d_tag == DT_PLTRELSZ] = entry->d_un.d_val;
    }
    uint32_t plain = tables[0] ? count_relocated(sg_elf_pointer(elf, tables[0]), sizes[0]) : 0;
    uint32_t calls = tables[1] ? count_relocated(sg_elf_pointer(elf, tables[1]), sizes[1]) : 0;
    return plain > calls ? plain : calls;
}

static uint32_t count_symbols(const struct sg_elf *elf)
{
    if (elf->hash)
        return elf->hash[1];
    struct gnu_hash hash = gnu_hash_of(elf);
    uint32_t last = 0;
    for (uint32_t i = 0; i < hash.n_buckets; i++)
        if (hash.buckets[i] > last)
            last = hash.buckets[i];
    if (last < hash.first)
        return count_imported(elf);
    while (!(hash.chain[last - hash.first] & 1))
        last++;
    return last + 1;
}

/* Imported symbols come first, but for those whose address a program has
 * taken: they stand among the exported ones. */
static uint32_t find_import(const struct sg_elf *elf, const char *name)
{
    uint32_t end = count_symbols(elf);
    for (uint32_t index = 1; index < end; index++)
        if (elf->symbols[index].st_shndx == SHN_UNDEF &&
            strcmp(elf->strings + elf->symbols[index].st_name, name) == 0)
            return index;
    return 0;
}

bool sg_elf_imports(const struct sg_elf *elf, const char *name) { return find_import(elf, name) != 0; }

const char *sg_elf_wanted_from(const struct sg_elf *elf, const char *name)
{
    uint32_t index = find_import(elf, name);
    if (!index || !elf->versions || !elf->needed_versions)
        return NULL;
    unsigned version = elf->versions[index] & ~HIDDEN_VERSION;
    const char *at = (const char *)elf->needed_versions;
    for (;;) {
        const ElfW(Verneed) *need = (const void *)at;
        const char *aux_at = at + need->vn_aux;
        for (unsigned i = 0; i < need->vn_cnt; i++) {
            const ElfW(Vernaux) *aux = (const void *)aux_at;
            if (aux->vna_other == version)
                return elf->strings + need->vn_file;
            aux_at += aux->vna_next;
        }
        if (!need->vn_next)
            return NULL;
        at += need->vn_next;
    }
}

bool sg_elf_needs(const struct sg_elf *elf, bool (*each)(void *context, const char *soname), void *context)
{
    for (const ElfW(Dyn) *entry = elf->dynamic; entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_NEEDED && each(context, elf->strings + entry->d_un.d_val))
            return true;
    return false;
}

const char *sg_elf_name(const struct sg_elf *elf, uintptr_t address)
{
    uint32_t count = count_symbols(elf);
    for (uint32_t index = 1; index < count; index++) {
        const ElfW(Sym) *symbol = &elf->symbols[index];
        if (symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
            address - elf->base - symbol->st_value < symbol->st_size)
            return elf->strings + symbol->st_name;
    }
    return NULL;
}
