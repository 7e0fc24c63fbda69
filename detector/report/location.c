#include "location.h"

#include <dwarf.h>
#include <string.h>

#include "demangle.h"
#include "utf8.h"

static const char *attribute_text(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr_integrate(die, name, &attribute));
}

static unsigned attribute_number(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word value;
    if (dwarf_formudata(dwarf_attr(die, name, &attribute), &value) != 0 || value > UINT32_MAX)
        return 0;
    return (unsigned)value;
}

void sg_location_set_function(struct sg_pool *pool, Dwarf_Die *die, struct sg_location *location)
{
    /* In C a linkage name is an internal alias (__GI_connect). */
    bool is_c = location->language && strcmp(location->language, "c") == 0;
    const char *mangled = is_c ? NULL : attribute_text(die, DW_AT_linkage_name);
    if (!mangled && !is_c)
        mangled = attribute_text(die, DW_AT_MIPS_linkage_name);
    const char *name = mangled ? mangled : attribute_text(die, DW_AT_name);
    location->is_linkage_name = mangled != NULL;
    location->function = name ? sg_demangle_name(pool, name) : NULL;
}

/* Makes a file name absolute with the directory of compilation, and drops
 * "./" and doubled slashes. A ".." stays: leaving it out would be wrong where
 * the directory before it is a link. */
static const char *full_path(struct sg_pool *pool, Dwarf_Die *unit, const char *name)
{
    if (!name)
        return NULL;
    const char *directory = name[0] == '/' ? NULL : attribute_text(unit, DW_AT_comp_dir);
    char *path =
        directory ? sg_pool_format(pool, "%s/%s", directory, name) : sg_pool_copy(pool, name, strlen(name));
    char *out = path;
    for (const char *in = path; *in != '\0';) {
        bool at_part = out == path ? in == path : out[-1] == '/';
        if (at_part && in[0] == '.' && in[1] == '/')
            in += 2;
        else if (at_part && in[0] == '/' && out > path)
            in++;
        else
            *out++ = *in++;
    }
    *out = '\0';
    return sg_utf8_clean(pool, path, strlen(path));
}

void sg_location_set_call(struct sg_pool *pool, Dwarf_Die *unit, Dwarf_Die *inlined,
                          struct sg_location *location)
{
    Dwarf_Files *files;
    size_t count;
    unsigned number = attribute_number(inlined, DW_AT_call_file);
    if (dwarf_getsrcfiles(unit, &files, &count) == 0 && number < count)
        location->file = full_path(pool, unit, dwarf_filesrc(files, number, NULL, NULL));
    location->line = attribute_number(inlined, DW_AT_call_line);
    location->column = attribute_number(inlined, DW_AT_call_column);
}

void sg_location_set_line(struct sg_pool *pool, Dwarf_Die *unit, uint64_t address,
                          struct sg_location *location)
{
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    int number;
    if (!line)
        return;
    location->file = full_path(pool, unit, dwarf_linesrc(line, NULL, NULL));
    if (dwarf_lineno(line, &number) == 0 && number > 0)
        location->line = (unsigned)number;
    if (dwarf_linecol(line, &number) == 0 && number > 0)
        location->column = (unsigned)number;
}
