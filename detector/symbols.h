/* Symbols of a loaded object, read from its memory. Used in place of dlsym()
 * and dladdr(), which take the loader's lock and so can dead-lock in a hook.
 *
 * Layer:   3
 * Threads: any; the object must stay loaded meanwhile.
 * Memory:  none.
 * Fails:   returns NULL for what the object does not have.
 */
#ifndef SG_SYMBOLS_H
#define SG_SYMBOLS_H

#include "base.h"
#include <link.h>

/* The dynamic tables of one object, and how much of them there can be at most:
 * up to the end of the segment that each lies in. What stands in them may be
 * damaged where the loader has not needed it. */
struct sg_elf {
    uintptr_t base, start, end;
    const ElfW(Phdr) * parts; /* NULL where they are not known: then nothing is bounded */
    unsigned n_parts;
    size_t n_symbols, n_versions;
    size_t strings_size;
    size_t n_gnu_hash, n_hash; /* words */
    const ElfW(Dyn) * dynamic;
    const ElfW(Sym) * symbols;
    const char *strings;
    const uint32_t *gnu_hash;
    const uint32_t *hash;
    const ElfW(Versym) * versions;
    const ElfW(Verneed) * needed_versions;
    const char *soname; /* NULL if it has none */
};

/* From what dl_iterate_phdr() tells. False for an object without symbols. */
bool sg_elf_from(struct sg_elf *elf, const struct dl_phdr_info *info);

/* From the loader's list, without the object's bounds. */
bool sg_elf_from_map(struct sg_elf *elf, const struct link_map *map);

/* The address of a function that the object defines; of several versions the
 * default one. */
void *sg_elf_function(const struct sg_elf *elf, const char *name);

/* The same for a variable, and how many bytes a function or a variable has; NULL and
 * 0 for what is not there. */
const void *sg_elf_variable(const struct sg_elf *elf, const char *name);
size_t sg_elf_size(const struct sg_elf *elf, const char *name);

/* True if the function that sg_elf_function() finds has a version. One without
 * satisfies references to any version. */
bool sg_elf_has_version(const struct sg_elf *elf, const char *name);

/* The name of a symbol that a table refers to by its number; NULL for one that
 * there cannot be. */
const char *sg_elf_symbol_name(const struct sg_elf *elf, size_t index);

/* A text of the object's, by its offset; NULL where it leads out of the table. */
const char *sg_elf_text(const struct sg_elf *elf, uint64_t offset);

/* How many bytes there are at most from `at` on. */
size_t sg_elf_room(const struct sg_elf *elf, const void *at);

/* An address that stands in the dynamic section. */
const void *sg_elf_pointer(const struct sg_elf *elf, uintptr_t value);

/* The whole pages that the loader has made read-only after relocation; empty
 * if there are none. */
void sg_elf_relro(const struct sg_elf *elf, uintptr_t *start, uintptr_t *end);

/* The soname of the library that the object wants this symbol from: by the
 * version that it was linked with. NULL if it does not import it, or without
 * a version. */
const char *sg_elf_wanted_from(const struct sg_elf *elf, const char *name);

/* True if the object imports this symbol. */
bool sg_elf_imports(const struct sg_elf *elf, const char *name);

/* Calls `each` with the sonames that the object needs, in order, until it
 * returns true. */
bool sg_elf_needs(const struct sg_elf *elf, bool (*each)(void *context, const char *soname), void *context);

/* The function that holds `address`, if the object exports it. */
const char *sg_elf_name(const struct sg_elf *elf, uintptr_t address);

#endif
