#include "modules.h"
#include "arena.h"
#include "out.h"
#include "strings.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

/* How many threads are unloading in the low byte, changes above it. */
#define CHANGED 0x100U
uint32_t sg_modules_generation;

static struct sg_module *at(uint32_t index)
{
    return (struct sg_module *)sg_arena_at(SG_SECTION_MODULES, 0) + index;
}

static uint32_t in_use(void)
{
    uint64_t size = __atomic_load_n(&sg_arena->sections[SG_SECTION_MODULES].size, __ATOMIC_ACQUIRE);
    return (uint32_t)(size / sizeof(struct sg_module));
}

/* A program without an interpreter that was preloaded into all the same. */
bool sg_modules_is_run_by_loader(void) { return getauxval(AT_BASE) == 0; }

static struct sg_file look_at_file(const char *path)
{
    struct stat status = {0};
    if (sg_sys_is_barred() || sg_sys4(SYS_newfstatat, AT_FDCWD, path, &status, 0) != 0)
        return (struct sg_file){0};
    return (struct sg_file){status.st_dev, status.st_ino, (uint64_t)status.st_size,
                            (uint64_t)status.st_mtim.tv_sec * 1000000000U + (uint64_t)status.st_mtim.tv_nsec};
}

/* The program's own file is known whatever has become of its path. */
static struct sg_file file_of(const struct sg_object *object)
{
    const char *path = object->map ? object->map->l_name : NULL;
    if (path && *path)
        return look_at_file(path);
    if (!object->map || object->map->l_prev)
        return (struct sg_file){0};
    return look_at_file(sg_modules_is_run_by_loader() ? program_invocation_name : "/proc/self/exe");
}

/* True if the object is what the module's entry was made of: while a library
 * is unloaded, another may already stand in its place. */
static bool is_same(const struct sg_module *module, const struct sg_object *object)
{
    uint8_t id[SG_BUILD_ID_MAX];
    const char *path = object->map ? object->map->l_name : NULL;
    return object->base == module->base && object->end == module->end &&
           (!path || !*path || sg_strings_text(path) == module->path) &&
           sg_object_build_id(object, id, sizeof id) == module->build_id_size &&
           memcmp(id, module->build_id, module->build_id_size) == 0;
}

/* True if a module that was unloaded is there again. */
static bool is_back(struct sg_module *module, const struct sg_object *object)
{
    if (!object || !__atomic_load_n(&module->end, __ATOMIC_ACQUIRE) || !is_same(module, object))
        return false;
    struct sg_file file = module->build_id_size ? module->file : file_of(object);
    if (memcmp(&file, &module->file, sizeof file) != 0)
        return false;
    __atomic_fetch_and(&module->flags, ~SG_MODULE_UNLOADED, __ATOMIC_RELAXED);
    return true;
}

/* The module that starts at `start`, claimed for it if there is none yet. An
 * entry belongs to whoever sets its `start`, so two threads that meet the same
 * new object get the same number, which is what makes equal stacks equal. The
 * one that set it fills it in; `is_new` says so. An object that comes back to where
 * it was is what it was: plug-ins that come and go would fill the section. */
static uint16_t claim(uint64_t start, const struct sg_object *object, bool *is_new)
{
    for (uint32_t i = 1; i < UINT16_MAX; i++) {
        uint64_t size = (uint64_t)(i + 1) * sizeof(struct sg_module);
        if (!sg_arena_grow(SG_SECTION_MODULES, size))
            return 0;
        struct sg_module *module = at(i);
        uint64_t there = 0;
        if (__atomic_compare_exchange_n(&module->start, &there, start, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
            *is_new = true;
            return (uint16_t)i;
        }
        if (there == start && (!(__atomic_load_n(&module->flags, __ATOMIC_RELAXED) & SG_MODULE_UNLOADED) ||
                               is_back(module, object))) {
            *is_new = false;
            return (uint16_t)i;
        }
    }
    return 0;
}

size_t sg_modules_executable(char *path, size_t size)
{
    if (!sg_modules_is_run_by_loader()) {
        long length = sg_sys4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, size);
        return length > 0 ? (size_t)length : 0;
    }
    const char *name = program_invocation_name;
    struct sg_out out = sg_out_into(path, size);
    if (name[0] != '/' && sg_sys2(SYS_getcwd, path, size) > 0) {
        out.length = strlen(path);
        sg_out_text(&out, "/");
    }
    sg_out_text(&out, name);
    return out.is_cut ? 0 : out.length;
}

static uint32_t path_of(const struct sg_object *object, uint32_t *flags)
{
    char path[PATH_MAX / 4];
    if (object->map && object->map->l_name && object->map->l_name[0])
        return sg_strings_text(object->map->l_name);
    if (object->map && object->map->l_prev)
        return 0; /* the kernel's own object has no name with some loaders */
    size_t length = sg_modules_executable(path, sizeof path);
    *flags |= SG_MODULE_MAIN;
    return length > 0 ? sg_strings_intern(SG_STRING_TEXT, path, length) : 0;
}

static void mark_unloaded(struct sg_module *module)
{
    __atomic_fetch_or(&module->flags, SG_MODULE_UNLOADED, __ATOMIC_RELAXED);
}

static uint16_t find(const struct sg_object *object)
{
    bool is_new = false;
    uint16_t index = claim(object->start, object, &is_new);
    struct sg_module *module = at(index);
    while (index && !is_new && __atomic_load_n(&module->end, __ATOMIC_ACQUIRE) && !is_same(module, object)) {
        mark_unloaded(module);
        index = claim(object->start, object, &is_new);
        module = at(index);
    }
    if (!index || !is_new)
        return index;
    uint32_t flags = 0;
    module->base = object->base;
    module->path = path_of(object, &flags);
    module->build_id_size = (uint8_t)sg_object_build_id(object, module->build_id, SG_BUILD_ID_MAX);
    if (!module->build_id_size)
        module->file = file_of(object);
    __atomic_fetch_or(&module->flags, flags, __ATOMIC_RELAXED);
    __atomic_store_n(&module->end, object->end, __ATOMIC_RELEASE); /* last: the entry is complete */
    return index;
}

/* An odd start, which no object has, tells a block from an object there. */
static uint16_t block(uintptr_t address, uint32_t *offset)
{
    uint64_t base = address & ~(uint64_t)UINT32_MAX;
    bool is_new = false;
    *offset = (uint32_t)address;
    uint16_t index = claim(base | 1, NULL, &is_new);
    if (!index || !is_new)
        return index;
    struct sg_module *module = at(index);
    module->base = base;
    __atomic_fetch_or(&module->flags, SG_MODULE_BLOCK, __ATOMIC_RELAXED);
    __atomic_store_n(&module->end, base + UINT32_MAX, __ATOMIC_RELEASE);
    return index;
}

uint16_t sg_modules_find(uintptr_t address, uint32_t *offset)
{
    struct sg_object object;
    if (!sg_object_find(address, &object) || address - object.base > UINT32_MAX)
        return block(address, offset);
    *offset = (uint32_t)(address - object.base);
    return find(&object);
}

#define SCRIPT_START 3U /* odd as well, and no block's: those end in 1 */

uint16_t sg_modules_script(void)
{
    bool is_new = false;
    uint16_t index = claim(SCRIPT_START, NULL, &is_new);
    if (index && is_new) {
        __atomic_fetch_or(&at(index)->flags, SG_MODULE_SCRIPT, __ATOMIC_RELAXED);
        __atomic_store_n(&at(index)->end, SCRIPT_START, __ATOMIC_RELEASE);
    }
    return index;
}

void sg_modules_forked(void)
{
    uint32_t count = in_use();
    for (uint32_t i = 1; i < count; i++)
        if (!at(i)->end)
            mark_unloaded(at(i));
}

void sg_modules_unsettle(void) { __atomic_add_fetch(&sg_modules_generation, 1, __ATOMIC_ACQ_REL); }

/* Other threads may unload libraries just now: see sg_object_keep_all(). */
static void recheck(void)
{
    uint32_t count = in_use();
    for (uint32_t i = 1; i < count; i++) {
        struct sg_module *module = at(i);
        struct sg_object now;
        uint32_t flags = __atomic_load_n(&module->flags, __ATOMIC_RELAXED);
        if ((flags & (SG_MODULE_UNLOADED | SG_MODULE_BLOCK | SG_MODULE_SCRIPT)) ||
            !__atomic_load_n(&module->end, __ATOMIC_ACQUIRE))
            continue;
        if (!sg_object_find((uintptr_t)module->start, &now) || !is_same(module, &now))
            mark_unloaded(module);
    }
}

void sg_modules_settle(bool is_changed)
{
    if (is_changed && sg_arena_is_used())
        sg_object_keep_all(recheck);
    __atomic_add_fetch(&sg_modules_generation, (is_changed ? CHANGED : 0) - 1, __ATOMIC_ACQ_REL);
}

void sg_modules_void(void) { __atomic_add_fetch(&sg_modules_generation, CHANGED, __ATOMIC_ACQ_REL); }

void sg_modules_mark_family(const struct sg_object *object)
{
    uint16_t index = find(object);
    if (index)
        __atomic_fetch_or(&at(index)->flags, SG_MODULE_FAMILY, __ATOMIC_RELAXED);
}

/* True if what the module is may only be said by its file, and is not known for sure. */
static bool is_in_doubt(const struct sg_module *module)
{
    const uint32_t sure = SG_MODULE_UNLOADED | SG_MODULE_BLOCK | SG_MODULE_SCRIPT | SG_MODULE_REPLACED;
    uint32_t flags = __atomic_load_n(&module->flags, __ATOMIC_RELAXED);
    return __atomic_load_n(&module->end, __ATOMIC_ACQUIRE) && !module->build_id_size && module->path &&
           !(flags & sure) && (!(flags & SG_MODULE_MAIN) || sg_modules_is_run_by_loader());
}

static uint64_t hex(const char **at)
{
    uint64_t number = 0;
    for (;; (*at)++) {
        unsigned digit = (unsigned char)**at;
        if (digit >= '0' && digit <= '9')
            digit -= '0';
        else if (digit >= 'a' && digit <= 'f')
            digit -= 'a' - 10;
        else
            return number;
        number = number << 4 | digit;
    }
}

/* A file that was removed or replaced has a name that leads nowhere. */
static void check_mapping(const char *line)
{
    uint64_t start = hex(&line);
    uint64_t end = *line == '-' ? (line++, hex(&line)) : 0;
    const char *path = strchr(line, '/');
    uint32_t count = path ? in_use() : 0;
    for (uint32_t i = 1; i < count; i++) {
        struct sg_module *module = at(i);
        if (module->start < start || module->start >= end || !is_in_doubt(module))
            continue;
        struct sg_file file = look_at_file(path);
        if (!module->file.inode && file.written_ns <= sg_arena->started_ns)
            module->file = file; /* whose path was none from the directory of that moment */
        if (!file.inode || file.device != module->file.device || file.inode != module->file.inode)
            __atomic_fetch_or(&module->flags, SG_MODULE_REPLACED, __ATOMIC_RELAXED);
    }
}

void sg_modules_check_files(char *text, size_t size)
{
    size_t length = 0;
    bool is_any = false;
    for (uint32_t i = 1; i < in_use(); i++)
        is_any |= is_in_doubt(at(i));
    long fd = is_any ? sg_sys3(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC) : -1;
    for (long got; fd >= 0 && (got = sg_sys3(SYS_read, fd, text + length, size - length)) > 0;) {
        char *line = text;
        length += (size_t)got;
        for (char *end; (end = memchr(line, '\n', length - (size_t)(line - text))); line = end + 1) {
            *end = '\0';
            check_mapping(line);
        }
        length -= (size_t)(line - text);
        memmove(text, line, length);
    }
    if (fd >= 0)
        sg_sys1(SYS_close, fd);
}
