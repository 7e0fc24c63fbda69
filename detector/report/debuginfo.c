#include "debuginfo.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"

/* Deeper nesting than this is damage, and the walk recurses. */
#define DEPTH_MAX 256

/* The functions that cover an address in one unit: the function itself and
 * what was inlined into it, the outermost first. */
struct chain {
    Dwarf_Die *dies;
    size_t count;
    size_t room;
};

struct walk {
    struct sg_pool *pool;      /* for what is found */
    struct sg_pool *temporary; /* for the chains */
    const uint64_t *addresses; /* the file's, sorted */
    struct sg_located *located;
    struct chain *chains;
    size_t count;
    uint64_t bias;
    bool is_thorough; /* also look where functions are rarely found */
};

struct unit {
    Dwarf_Die die;     /* with the lines and ranges */
    Dwarf_Die subject; /* with the functions; another one for split DWARF */
    const char *language;
};

/* Index of the first wanted address that is not below a DWARF address. */
static size_t first_from(const struct walk *walk, uint64_t address)
{
    size_t low = 0;
    size_t high = walk->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (walk->addresses[middle] - walk->bias < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void push(struct sg_pool *pool, struct chain *chain, const Dwarf_Die *die)
{
    if (chain->count == chain->room) {
        size_t room = chain->room == 0 ? 4 : chain->room * 2;
        Dwarf_Die *dies = sg_pool_array(pool, room, sizeof(*dies));
        if (chain->count > 0)
            memcpy(dies, chain->dies, chain->count * sizeof(*dies));
        chain->dies = dies;
        chain->room = room;
    }
    chain->dies[chain->count++] = *die;
}

/* Adds a function to the chains of the addresses that it covers. Returns
 * false where it covers none. */
static bool claim(struct walk *walk, Dwarf_Die *die, bool is_outermost)
{
    bool covers_any = false;
    Dwarf_Addr base = 0;
    Dwarf_Addr start = 0;
    Dwarf_Addr end = 0;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &start, &end)) > 0;) {
        for (size_t i = first_from(walk, start); i < walk->count && walk->addresses[i] - walk->bias < end;
             i++) {
            covers_any = true;
            if (walk->located[i].count > 0)
                continue;
            if (is_outermost)
                walk->chains[i].count = 0;
            push(walk->temporary, &walk->chains[i], die);
        }
    }
    return covers_any;
}

static void visit_children(struct walk *walk, Dwarf_Die *parent, int depth);

static void visit(struct walk *walk, Dwarf_Die *die, int depth)
{
    switch (dwarf_tag(die)) {
    case DW_TAG_subprogram:
        if (claim(walk, die, true) || walk->is_thorough)
            visit_children(walk, die, depth + 1);
        break;
    case DW_TAG_inlined_subroutine:
        if (claim(walk, die, false) || walk->is_thorough)
            visit_children(walk, die, depth + 1);
        break;
    case DW_TAG_lexical_block:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
    case DW_TAG_with_stmt:
    case DW_TAG_namespace:
    case DW_TAG_module:
        visit_children(walk, die, depth + 1);
        break;
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
    case DW_TAG_interface_type:
        if (walk->is_thorough)
            visit_children(walk, die, depth + 1);
        break;
    default:
        break;
    }
}

static void visit_children(struct walk *walk, Dwarf_Die *parent, int depth)
{
    Dwarf_Die die;
    if (depth > DEPTH_MAX || dwarf_child(parent, &die) != 0)
        return;
    do {
        visit(walk, &die, depth);
    } while (dwarf_siblingof(&die, &die) == 0);
}

/* Turns the chain of one address into locations. The position of the
 * innermost comes from the line table, that of each other one from where the
 * next inner one was called. */
static void locate(struct walk *walk, struct unit *unit, size_t index)
{
    struct chain *chain = &walk->chains[index];
    struct sg_located *located = &walk->located[index];
    struct sg_location here = {.language = unit->language};
    sg_location_set_line(walk->pool, &unit->die, walk->addresses[index] - walk->bias, &here);
    if (chain->count == 0 && !here.file)
        return;
    located->count = chain->count > 0 ? chain->count : 1;
    located->locations = sg_pool_array(walk->pool, located->count, sizeof(*located->locations));
    located->locations[0] = here;
    for (size_t i = 0; i < chain->count; i++) {
        Dwarf_Die *die = &chain->dies[chain->count - 1 - i];
        struct sg_location *location = &located->locations[i];
        location->language = unit->language;
        sg_location_set_function(walk->pool, die, location);
        if (i > 0)
            sg_location_set_call(walk->pool, &unit->die, &chain->dies[chain->count - i], location);
    }
    chain->count = 0;
}

/* Calls `act` for each range of a unit that has wanted addresses. Returns
 * whether it returned true for any. */
static bool each_range(struct walk *walk, struct unit *unit,
                       bool (*act)(struct walk *, struct unit *, size_t first, size_t end))
{
    bool is_any = false;
    Dwarf_Addr base = 0;
    Dwarf_Addr start = 0;
    Dwarf_Addr end = 0;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(&unit->die, at, &base, &start, &end)) > 0;) {
        size_t first = first_from(walk, start);
        size_t last = first_from(walk, end);
        if (first < last && act(walk, unit, first, last))
            is_any = true;
    }
    return is_any;
}

static bool is_wanted(struct walk *walk, struct unit *unit, size_t first, size_t end)
{
    (void)walk;
    (void)unit;
    return first < end;
}

static bool lacks_function(struct walk *walk, struct unit *unit, size_t first, size_t end)
{
    (void)unit;
    for (size_t i = first; i < end; i++)
        if (walk->located[i].count == 0 && walk->chains[i].count == 0)
            return true;
    return false;
}

static bool locate_range(struct walk *walk, struct unit *unit, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (walk->located[i].count == 0)
            locate(walk, unit, i);
    return true;
}

static void clear_chains(struct walk *walk)
{
    for (size_t i = 0; i < walk->count; i++)
        walk->chains[i].count = 0;
}

static void visit_unit(struct walk *walk, struct unit *unit)
{
    if (!each_range(walk, unit, is_wanted))
        return;
    walk->is_thorough = false;
    visit_children(walk, &unit->subject, 0);
    if (each_range(walk, unit, lacks_function)) {
        /* Nested functions and methods inside types: look again, everywhere. */
        clear_chains(walk);
        walk->is_thorough = true;
        visit_children(walk, &unit->subject, 0);
    }
    each_range(walk, unit, locate_range);
    clear_chains(walk);
}

void sg_debuginfo_locate(struct sg_pool *pool, Dwarf *dwarf, uint64_t bias, const uint64_t *addresses,
                         size_t count, struct sg_located *located)
{
    struct sg_pool temporary = {0};
    struct walk walk = {.pool = pool,
                        .temporary = &temporary,
                        .addresses = addresses,
                        .located = located,
                        .count = count,
                        .bias = bias};
    walk.chains = sg_pool_array(&temporary, count, sizeof(*walk.chains));
    struct unit unit;
    Dwarf_CU *cu = NULL;
    uint8_t type;
    while (dwarf_get_units(dwarf, cu, &cu, NULL, &type, &unit.die, &unit.subject) == 0) {
        if (type != DW_UT_compile && type != DW_UT_skeleton)
            continue;
        /* The other half of split DWARF, if it was found. */
        if (type != DW_UT_skeleton || dwarf_tag(&unit.subject) == DW_TAG_invalid)
            unit.subject = unit.die;
        unit.language = sg_language_name(dwarf_srclang(&unit.subject));
        visit_unit(&walk, &unit);
    }
    sg_pool_free(&temporary);
}
