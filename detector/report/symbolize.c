#include "symbolize.h"

#include <stdlib.h>
#include <string.h>

#include "debuginfo.h"
#include "demangle.h"
#include "modulefile.h"
#include "symtab.h"
#include "utf8.h"

/* An address that occurs in some stack, and the frames it turns into. */
struct address {
    uint32_t module;
    uint32_t offset;
    struct sg_frame *frames;
    size_t count;
};

struct addresses {
    struct address *entries; /* by module, then by offset; distinct */
    size_t count;
};

static int compare(const void *left, const void *right)
{
    const struct address *a = left;
    const struct address *b = right;
    if (a->module != b->module)
        return a->module < b->module ? -1 : 1;
    return (a->offset > b->offset) - (a->offset < b->offset);
}

static struct addresses collect(struct sg_pool *pool, const struct sg_leak *leaks, size_t count)
{
    struct addresses addresses = {NULL, 0};
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += leaks[i].place->frames;
    addresses.entries = sg_pool_array(pool, total, sizeof(*addresses.entries));
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; k < leaks[i].place->frames; k++)
            addresses.entries[addresses.count++] = (struct address){
                .module = sg_place_modules(leaks[i].place)[k], .offset = sg_place_offsets(leaks[i].place)[k]};
    if (total > 1)
        qsort(addresses.entries, total, sizeof(*addresses.entries), compare);
    size_t distinct = 0;
    for (size_t i = 0; i < total; i++)
        if (i == 0 || compare(&addresses.entries[i], &addresses.entries[distinct - 1]) != 0)
            addresses.entries[distinct++] = addresses.entries[i];
    addresses.count = distinct;
    return addresses;
}

/* The names of one module's functions, read when the first is asked for. */
struct names {
    struct sg_pool *pool;
    Dwfl_Module *module;
    struct sg_symtab table;
    bool is_loaded;
};

static const char *name_of(struct names *names, struct sg_pool *pool, uint64_t address)
{
    if (!names->is_loaded) {
        names->table = sg_symtab_load(names->pool, names->module);
        names->is_loaded = true;
    }
    const char *symbol = sg_symtab_find(&names->table, address);
    return symbol ? sg_demangle_name(pool, symbol) : NULL;
}

/* A name from DWARF without its mangled form lacks namespace and parameters
 * where the language has them; the symbol table then says more. */
static bool is_name_short(const struct sg_location *location)
{
    if (!location->function)
        return true;
    return !location->is_linkage_name && location->language &&
           (strcmp(location->language, "c++") == 0 || strcmp(location->language, "rust") == 0);
}

static void set_frames(struct sg_pool *pool, struct address *address, const struct sg_located *located,
                       struct names *names)
{
    address->count = located->count > 0 ? located->count : 1;
    address->frames = sg_pool_array(pool, address->count, sizeof(*address->frames));
    for (size_t i = 0; i < located->count; i++) {
        const struct sg_location *location = &located->locations[i];
        address->frames[i] = (struct sg_frame){.function = location->function,
                                               .file = location->file,
                                               .language = location->language,
                                               .line = location->line,
                                               .column = location->column,
                                               .is_inlined = i + 1 < located->count};
    }
    struct sg_frame *outermost = &address->frames[address->count - 1];
    if (located->count == 0 || is_name_short(&located->locations[located->count - 1])) {
        const char *name = name_of(names, pool, address->offset);
        if (name)
            outermost->function = name;
    }
}

/* Where the file of a module is: the loader knows some libraries by a path
 * from the directory that the process was in. */
static const char *file_of(struct sg_pool *pool, const struct sg_snapshot *snapshot,
                           const struct sg_module *module)
{
    const char *path = sg_reader_raw(snapshot, pool, module->path);
    const char *directory = sg_reader_raw(snapshot, pool, snapshot->layout->cwd);
    bool is_relative = path && path[0] != '/' && strchr(path, '/');
    return is_relative && directory ? sg_pool_format(pool, "%s/%s", directory, path) : path;
}

/* Looks up the addresses of one module. */
static void look_up_module(struct sg_pool *pool, const struct sg_snapshot *snapshot, struct address *entries,
                           size_t count)
{
    const struct sg_module *module = &snapshot->modules[entries[0].module];
    const char *path = file_of(pool, snapshot, module);
    struct sg_modulefile file;
    if (!path || (module->flags & (SG_MODULE_BLOCK | SG_MODULE_SCRIPT)) ||
        !sg_modulefile_open(&file, path, module, snapshot->layout))
        return;
    struct sg_pool temporary = {0};
    uint64_t *offsets = sg_pool_array(&temporary, count, sizeof(*offsets));
    struct sg_located *located = sg_pool_array(&temporary, count, sizeof(*located));
    struct names names = {.pool = &temporary, .module = file.module};
    for (size_t i = 0; i < count; i++)
        offsets[i] = entries[i].offset;
    Dwarf_Addr bias = 0;
    Dwarf *dwarf = dwfl_module_getdwarf(file.module, &bias);
    if (dwarf)
        sg_debuginfo_locate(pool, dwarf, bias, offsets, count, located);
    for (size_t i = 0; i < count; i++)
        set_frames(pool, &entries[i], &located[i], &names);
    sg_modulefile_close(&file);
    sg_pool_free(&temporary);
}

/* A script's frame comes with all that there is to say: see SG_STRING_FRAME. */
static struct sg_frame *script_frame(struct sg_pool *pool, const struct sg_snapshot *snapshot,
                                     uint32_t reference)
{
    struct sg_frame *frame = sg_pool_take(pool, sizeof(*frame));
    const struct sg_string *string = sg_reader_string(snapshot, reference);
    const unsigned char *file = string->bytes + sizeof(uint32_t);
    size_t length = strlen((const char *)file);
    size_t rest = string->length - sizeof(uint32_t) - length - 1;
    uint32_t line;
    memcpy(&line, string->bytes, sizeof(line));
    *frame = (struct sg_frame){.file = sg_utf8_clean(pool, file, length),
                               .function = sg_utf8_clean(pool, file + length + 1, rest),
                               .language = "python",
                               .line = line,
                               .is_script = true};
    return frame;
}

/* What a snapshot itself says of its frames, looked up or not. */
static void set_modules(struct sg_pool *pool, const struct sg_snapshot *snapshot, struct addresses *addresses)
{
    uint32_t number = 0;
    const char *path = NULL;
    for (size_t i = 0; i < addresses->count; i++) {
        struct address *address = &addresses->entries[i];
        const struct sg_module *module = &snapshot->modules[address->module];
        if (i == 0 || address->module != addresses->entries[i - 1].module)
            path = sg_reader_text(snapshot, pool, module->path);
        if (module->flags & SG_MODULE_SCRIPT) {
            address->frames = script_frame(pool, snapshot, address->offset);
            address->frames->number = number++;
            address->count = 1;
            continue;
        }
        if (address->count == 0) {
            address->frames = sg_pool_take(pool, sizeof(*address->frames));
            address->count = 1;
        }
        for (size_t k = 0; k < address->count; k++) {
            struct sg_frame *frame = &address->frames[k];
            frame->number = number++;
            frame->offset = address->offset;
            frame->pc = module->base + address->offset;
            frame->module = address->module > 0 && !(module->flags & SG_MODULE_BLOCK) ? module : NULL;
            frame->module_path = frame->module ? path : NULL;
        }
    }
}

/* The directories where Python keeps what it comes with, and what was installed;
 * what is built into it has a name of another form. */
static bool is_installed(const char *file)
{
    const char *library = strstr(file, "/lib/python");
    return library || strstr(file, "/dist-packages/") || strstr(file, "/site-packages/") ||
           strncmp(file, "<frozen ", 8) == 0;
}

/* Of Python frames, the first that is the program's own is the one to look at. */
static void look_at_script(struct sg_leak *leak)
{
    bool has_script = false;
    for (size_t i = 0; i < leak->frames_count; i++) {
        const struct sg_frame *frame = leak->frames[i];
        if (frame->is_script && (!has_script || !is_installed(frame->file))) {
            has_script = true;
            leak->look_at = i;
            if (!is_installed(frame->file))
                return;
        }
    }
}

/* Puts the frames of a leak's addresses in the order of its stack. */
static void set_stack(struct sg_pool *pool, const struct addresses *addresses, struct sg_leak *leak)
{
    size_t frames = leak->place->frames;
    struct address **found = sg_pool_array(pool, frames, sizeof(void *));
    for (size_t i = 0; i < frames; i++) {
        struct address key = {.module = sg_place_modules(leak->place)[i],
                              .offset = sg_place_offsets(leak->place)[i]};
        found[i] = bsearch(&key, addresses->entries, addresses->count, sizeof(key), compare);
        leak->frames_count += found[i]->count;
    }
    leak->frames = sg_pool_array(pool, leak->frames_count, sizeof(void *));
    size_t at = 0;
    for (size_t i = 0; i < frames; i++)
        for (size_t k = 0; k < found[i]->count; k++)
            leak->frames[at++] = &found[i]->frames[k];
    while (leak->look_at < leak->frames_count && leak->frames[leak->look_at]->module &&
           (leak->frames[leak->look_at]->module->flags & SG_MODULE_FAMILY))
        leak->look_at++;
    if (leak->look_at == leak->frames_count)
        leak->look_at = 0;
    look_at_script(leak);
}

void sg_symbolize_leaks(struct sg_pool *pool, const struct sg_snapshot *snapshot, struct sg_leak *leaks,
                        size_t count, bool look_up)
{
    struct sg_pool temporary = {0};
    struct addresses addresses = collect(&temporary, leaks, count);
    for (size_t first = 0, end = 0; first < addresses.count && look_up; first = end) {
        while (end < addresses.count && addresses.entries[end].module == addresses.entries[first].module)
            end++;
        look_up_module(pool, snapshot, &addresses.entries[first], end - first);
    }
    set_modules(pool, snapshot, &addresses);
    for (size_t i = 0; i < count; i++)
        set_stack(pool, &addresses, &leaks[i]);
    sg_pool_free(&temporary);
}
