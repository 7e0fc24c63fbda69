#include "symbols.h"
#include "object.h"

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

static bool find_part(const struct sg_elf *elf, uintptr_t address, struct sg_part *part)
{
    const struct sg_object object = {.base = elf->base,
                                     .start = elf->start,
                                     .end = elf->end,
                                     .parts = elf->parts,
                                     .n_parts = elf->n_parts};
    return sg_object_part_of(&object, address, part);
}

size_t sg_elf_room(const struct sg_elf *elf, const void *at)
{
    struct sg_part part;
    if (!elf->parts)
        return PTRDIFF_MAX;
    return find_part(elf, (uintptr_t)at, &part) ? part.high - (uintptr_t)at : 0;
}

/* Nearly always one segment has all the tables. */
static size_t room_near(const struct sg_elf *elf, const void *at, struct sg_part *last)
{
    uintptr_t address = (uintptr_t)at;
    if (elf->parts && (address < last->low || address >= last->high) && !find_part(elf, address, last))
        return 0;
    return elf->parts ? last->high - address : PTRDIFF_MAX;
}

static void measure(struct sg_elf *elf)
{
    struct sg_part last = {0, 0};
    elf->n_symbols = room_near(elf, elf->symbols, &last) / sizeof *elf->symbols;
    elf->strings_size = room_near(elf, elf->strings, &last);
    elf->n_gnu_hash = elf->gnu_hash ? room_near(elf, elf->gnu_hash, &last) / sizeof *elf->gnu_hash : 0;
    elf->n_hash = elf->hash ? room_near(elf, elf->hash, &last) / sizeof *elf->hash : 0;
    elf->n_versions = elf->versions ? room_near(elf, elf->versions, &last) / sizeof *elf->versions : 0;
    /* Linkers write the strings after the symbols, whose number nobody says. */
    size_t between = (uintptr_t)elf->strings - (uintptr_t)elf->symbols;
    if ((uintptr_t)elf->strings > (uintptr_t)elf->symbols && between / sizeof *elf->symbols < elf->n_symbols)
        elf->n_symbols = between / sizeof *elf->symbols;
}

const char *sg_elf_text(const struct sg_elf *elf, uint64_t offset)
{
    if (offset >= elf->strings_size)
        return NULL;
    const char *text = elf->strings + offset;
    return strnlen(text, elf->strings_size - offset) < elf->strings_size - offset ? text : NULL;
}

const char *sg_elf_symbol_name(const struct sg_elf *elf, size_t index)
{
    return index < elf->n_symbols ? sg_elf_text(elf, elf->symbols[index].st_name) : NULL;
}

/* True if this is the name at `offset`, which may lead anywhere. */
static bool is_name(const struct sg_elf *elf, uint64_t offset, const char *name)
{
    for (; offset < elf->strings_size; offset++, name++) {
        if (elf->strings[offset] != *name)
            return false;
        if (*name == '\0')
            return true;
    }
    return false;
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
    if (!elf->symbols || !elf->strings)
        return;
    measure(elf);
    if (soname)
        elf->soname = sg_elf_text(elf, soname);
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
    *elf = (struct sg_elf){
        .base = info->dlpi_addr, .start = UINTPTR_MAX, .parts = info->dlpi_phdr, .n_parts = info->dlpi_phnum};
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
    struct sg_object object;
    *elf = (struct sg_elf){.base = map->l_addr, .dynamic = map->l_ld};
    if (sg_object_is_lock_free() && sg_object_find((uintptr_t)map->l_ld, &object) && object.map == map &&
        sg_object_find_parts(&object)) {
        elf->start = object.start;
        elf->end = object.end;
        elf->parts = object.parts;
        elf->n_parts = object.n_parts;
    }
    return read_tables(elf);
}

/* The tables of a GNU hash section. */
struct gnu_hash {
    uint32_t n_buckets, first;
    const uint32_t *buckets, *chain;
    size_t n_chain; /* words that the chain has at most */
};

static bool read_gnu_hash(const struct sg_elf *elf, struct gnu_hash *hash)
{
    const uint32_t *words = elf->gnu_hash;
    if (elf->n_gnu_hash < 4)
        return false;
    size_t before = 4 + (size_t)words[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    if (before > elf->n_gnu_hash || words[0] > elf->n_gnu_hash - before)
        return false;
    *hash = (struct gnu_hash){.n_buckets = words[0], .first = words[1], .buckets = words + before};
    hash->chain = hash->buckets + hash->n_buckets;
    hash->n_chain = elf->n_gnu_hash - before - hash->n_buckets;
    return true;
}

/* The chain's word of a symbol; 1, its last one's mark, for one that there cannot be. */
static uint32_t chained(const struct gnu_hash *hash, uint32_t index)
{
    return index - hash->first < hash->n_chain ? hash->chain[index - hash->first] : 1;
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

/* 0 where nothing has a version. */
static unsigned version_of(const struct sg_elf *elf, size_t index)
{
    return elf->versions && index < elf->n_versions ? elf->versions[index] : 0;
}

/* What the table of the other kind says, as far as there can be symbols. */
static uint32_t count_hashed(const struct sg_elf *elf)
{
    size_t count = elf->hash && elf->n_hash >= 2 ? elf->hash[1] : 0;
    return (uint32_t)(count < elf->n_symbols ? count : elf->n_symbols);
}

/* A match counts if it is defined, and of this sort; true if none can be better. */
static bool consider(const struct sg_elf *elf, uint32_t index, const char *name, enum sort sort,
                     const ElfW(Sym) * *best)
{
    if (index >= elf->n_symbols)
        return false;
    const ElfW(Sym) *symbol = &elf->symbols[index];
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_value == 0 || !is_of_sort(symbol, sort) ||
        !is_name(elf, symbol->st_name, name))
        return false;
    *best = symbol;
    return !(version_of(elf, index) & HIDDEN_VERSION);
}

static const ElfW(Sym) * find(const struct sg_elf *elf, const char *name, enum sort sort)
{
    const ElfW(Sym) *best = NULL;
    if (elf->gnu_hash) {
        struct gnu_hash hash;
        uint32_t wanted = gnu_hash_name(name);
        if (!read_gnu_hash(elf, &hash) || hash.n_buckets == 0)
            return NULL;
        uint32_t index = hash.buckets[wanted % hash.n_buckets];
        if (index < hash.first)
            return NULL;
        for (;; index++) {
            uint32_t there = chained(&hash, index);
            if ((there | 1) == (wanted | 1) && consider(elf, index, name, sort, &best))
                return best;
            if (there & 1)
                return best;
        }
    }
    uint32_t count = count_hashed(elf);
    for (uint32_t index = 1; index < count; index++)
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

/* What is to be called lies where there is code. */
static bool is_code(const struct sg_elf *elf, uintptr_t address)
{
    for (unsigned i = 0; i < elf->n_parts; i++)
        if (elf->parts[i].p_type == PT_LOAD && (elf->parts[i].p_flags & PF_X) &&
            address - elf->base - elf->parts[i].p_vaddr < elf->parts[i].p_filesz)
            return true;
    return !elf->parts;
}

void *sg_elf_function(const struct sg_elf *elf, const char *name)
{
    const ElfW(Sym) *symbol = find(elf, name, FUNCTION);
    if (!symbol)
        return NULL;
    uintptr_t address = elf->base + symbol->st_value;
    if (SG_UNLIKELY(ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC))
        return is_code(elf, address) ? chosen_by(address) : NULL;
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
    return symbol && (version_of(elf, (size_t)(symbol - elf->symbols)) & ~HIDDEN_VERSION) > 1;
}

void sg_elf_relro(const struct sg_elf *elf, uintptr_t *start, uintptr_t *end)
{
    uintptr_t page = getauxval(AT_PAGESZ);
    *start = *end = 0;
    for (unsigned i = 0; i < elf->n_parts; i++) {
        if (elf->parts[i].p_type != PT_GNU_RELRO)
            continue;
        *start = (elf->base + elf->parts[i].p_vaddr) & ~(page - 1);
        *end = (elf->base + elf->parts[i].p_vaddr + elf->parts[i].p_memsz) & ~(page - 1);
    }
}

/* One more than the highest symbol that a table of relocations names. */
static uint32_t count_relocated(const struct sg_elf *elf, const ElfW(Rela) * table, size_t size)
{
    uint32_t count = 0;
    size_t room = sg_elf_room(elf, table);
    if (size > room)
        size = room;
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
    uint32_t plain = tables[0] ? count_relocated(elf, sg_elf_pointer(elf, tables[0]), sizes[0]) : 0;
    uint32_t calls = tables[1] ? count_relocated(elf, sg_elf_pointer(elf, tables[1]), sizes[1]) : 0;
    return plain > calls ? plain : calls;
}

/* What the loader does not read may be wrong: it takes the other kind of table
 * only where there is no GNU hash section. */
static uint32_t count_listed(const struct sg_elf *elf)
{
    struct gnu_hash hash;
    if (!elf->gnu_hash || !read_gnu_hash(elf, &hash))
        return count_hashed(elf);
    uint32_t last = 0;
    for (uint32_t i = 0; i < hash.n_buckets; i++)
        if (hash.buckets[i] > last)
            last = hash.buckets[i];
    if (last < hash.first)
        return elf->hash ? count_hashed(elf) : count_imported(elf);
    while (!(chained(&hash, last) & 1))
        last++;
    return last + 1;
}

static uint32_t count_symbols(const struct sg_elf *elf)
{
    uint32_t count = count_listed(elf);
    return count < elf->n_symbols ? count : (uint32_t)elf->n_symbols;
}

/* Imported symbols come first, but for those whose address a program has
 * taken: they stand among the exported ones. */
static uint32_t find_import(const struct sg_elf *elf, const char *name)
{
    uint32_t end = count_symbols(elf);
    for (uint32_t index = 1; index < end; index++)
        if (elf->symbols[index].st_shndx == SHN_UNDEF && is_name(elf, elf->symbols[index].st_name, name))
            return index;
    return 0;
}

bool sg_elf_imports(const struct sg_elf *elf, const char *name) { return find_import(elf, name) != 0; }

static bool has_version(const char *need_at, size_t room, unsigned version)
{
    ElfW(Verneed) need;
    ElfW(Vernaux) aux;
    memcpy(&need, need_at, sizeof need);
    size_t at = need.vn_aux;
    for (unsigned i = 0; i < need.vn_cnt && at < room && room - at >= sizeof aux; i++, at += aux.vna_next) {
        memcpy(&aux, need_at + at, sizeof aux);
        if (aux.vna_other == version)
            return true;
    }
    return false;
}

const char *sg_elf_wanted_from(const struct sg_elf *elf, const char *name)
{
    uint32_t index = find_import(elf, name);
    if (!index || !elf->versions || !elf->needed_versions)
        return NULL;
    unsigned version = version_of(elf, index) & ~HIDDEN_VERSION;
    const char *at = (const char *)elf->needed_versions;
    ElfW(Verneed) need;
    /* Offsets lead onwards, so that there is less room each time. */
    for (size_t room = sg_elf_room(elf, at); room >= sizeof need; room -= need.vn_next) {
        memcpy(&need, at, sizeof need);
        if (has_version(at, room, version))
            return sg_elf_text(elf, need.vn_file);
        if (!need.vn_next || need.vn_next > room)
            return NULL;
        at += need.vn_next;
    }
    return NULL;
}

bool sg_elf_needs(const struct sg_elf *elf, bool (*each)(void *context, const char *soname), void *context)
{
    for (const ElfW(Dyn) *entry = elf->dynamic; entry->d_tag != DT_NULL; entry++) {
        const char *soname = entry->d_tag == DT_NEEDED ? sg_elf_text(elf, entry->d_un.d_val) : NULL;
        if (soname && each(context, soname))
            return true;
    }
    return false;
}

const char *sg_elf_name(const struct sg_elf *elf, uintptr_t address)
{
    uint32_t count = count_symbols(elf);
    for (uint32_t index = 1; index < count; index++) {
        const ElfW(Sym) *symbol = &elf->symbols[index];
        if (symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
            address - elf->base - symbol->st_value < symbol->st_size)
            return sg_elf_text(elf, symbol->st_name);
    }
    return NULL;
}
