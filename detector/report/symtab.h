/* The functions of an ELF file's symbol table, sorted for looking up.
 *
 * Layer:   6
 * Threads: one.
 * Memory:  the table is in the caller's pool; names belong to the file.
 * Fails:   a file without symbols gives an empty table.
 */
#ifndef SG_REPORT_SYMTAB_H
#define SG_REPORT_SYMTAB_H

#include <elfutils/libdwfl.h>

#include "pool.h"

struct sg_symtab {
    struct sg_symbol *symbols;
    size_t count;
};

struct sg_symtab sg_symtab_load(struct sg_pool *pool, Dwfl_Module *module);

/* The mangled name of the function at an address, or NULL. */
const char *sg_symtab_find(const struct sg_symtab *table, uint64_t address);

#endif
