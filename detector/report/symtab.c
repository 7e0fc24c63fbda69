#include "symtab.h"

#include <stdlib.h>
#include <string.h>

struct sg_symbol {
    uint64_t start;
    uint64_t end; /* equal to start where the size is not recorded */
    const char *name;
    unsigned rank; /* of several names of one address, the lowest is shown */
};

/* A global name is the documented one; among several the one without leading
 * underscores is what people know. */
static unsigned rank_of(const GElf_Sym *symbol, const char *name)
{
    unsigned rank = GELF_ST_BIND(symbol->st_info) == STB_GLOBAL ? 0
                    : GELF_ST_BIND(symbol->st_info) == STB_WEAK ? 1
                                                                : 2;
    return rank * 2 + (name[0] == '_' && name[1] != 'Z' && name[1] != 'R');
}

static int compare(const void *left, const void *right)
{
    const struct sg_symbol *a = left;
    const struct sg_symbol *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    /* The last of equals is found first: see sg_symtab_find(). */
    if ((a->end > a->start) != (b->end > b->start))
        return a->end > a->start ? 1 : -1;
    if (a->rank != b->rank)
        return a->rank > b->rank ? -1 : 1;
    return -strcmp(a->name, b->name);
}

struct sg_symtab sg_symtab_load(struct sg_pool *pool, Dwfl_Module *module)
{
    struct sg_symtab table = {NULL, 0};
    int count = dwfl_module_getsymtab(module);
    if (count <= 0)
        return table;
    table.symbols = sg_pool_array(pool, (size_t)count, sizeof(*table.symbols));
    for (int i = 1; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        GElf_Word section;
        const char *name = dwfl_module_getsym_info(module, i, &symbol, &address, &section, NULL, NULL);
        int type = GELF_ST_TYPE(symbol.st_info);
        if (!name || name[0] == '\0' || section == SHN_UNDEF || section == SHN_ABS)
            continue;
        /* Assembler code often leaves type and size out (_start). */
        bool is_function =
            type == STT_FUNC || type == STT_GNU_IFUNC || (type == STT_NOTYPE && name[0] != '$');
        if (!is_function)
            continue;
        table.symbols[table.count++] =
            (struct sg_symbol){address, address + symbol.st_size, name, rank_of(&symbol, name)};
    }
    if (table.count > 1)
        qsort(table.symbols, table.count, sizeof(*table.symbols), compare);
    return table;
}

const char *sg_symtab_find(const struct sg_symtab *table, uint64_t address)
{
    size_t low = 0;
    size_t high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->symbols[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    /* A few smaller symbols may lie between the start of a function and an
     * address in it (labels in assembler code). */
    for (size_t tries = 0; low > 0 && tries < 16; tries++) {
        const struct sg_symbol *symbol = &table->symbols[--low];
        if (address < symbol->end)
            return symbol->name;
        if (symbol->start == symbol->end && tries == 0)
            return symbol->name;
    }
    return NULL;
}
