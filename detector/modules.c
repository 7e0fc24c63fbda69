#include "modules.h"
#include "arena.h"
#include "strings.h"
#include "sys.h"

#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <string.h>

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

/* An entry is visible once its `end` is set, which is done last. */
static uint16_t find(uint64_t start, uint64_t end)
{
    uint32_t count = in_use();
    for (uint32_t i = 1; i < count; i++) {
        const struct sg_module *module = at(i);
        if (__atomic_load_n(&module->end, __ATOMIC_ACQUIRE) == end && module->start == start &&
            !(__atomic_load_n(&module->flags, __ATOMIC_RELAXED) & SG_MODULE_UNLOADED))
            return (uint16_t)i;
    }
    return 0;
}

static uint32_t path_of(const struct sg_object *object, uint32_t *flags)
{
    char path[PATH_MAX / 4];
    if (object->map && object->map->l_name && object->map->l_name[0])
        return sg_strings_text(object->map->l_name);
    if (object->map && object->map->l_prev)
        return 0; /* the kernel's own object has no name with some loaders */
    long length = sg_sys4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof path);
    *flags |= SG_MODULE_MAIN;
    return length > 0 ? sg_strings_intern(SG_STRING_TEXT, path, (size_t)length) : 0;
}

static struct sg_module *claim(uint16_t *index)
{
    uint64_t first = sizeof(struct sg_module);
    sg_arena_grow(SG_SECTION_MODULES, first); /* module 0 stands for unknown */
    uint32_t offset = sg_arena_take(SG_SECTION_MODULES, sizeof(struct sg_module));
    uint64_t number = offset / sizeof(struct sg_module);
    if (offset == 0 || number > UINT16_MAX)
        return NULL;
    *index = (uint16_t)number;
    return at((uint32_t)number);
}

/* Two threads may both add an object that is new; both entries are right, but
 * one stack then makes two places. So what takes time comes before the claim. */
static uint16_t add(const struct sg_object *object)
{
    struct sg_module fresh = {.base = object->base, .start = object->start};
    fresh.path = path_of(object, &fresh.flags);
    fresh.build_id_size = (uint8_t)sg_object_build_id(object, fresh.build_id, SG_BUILD_ID_MAX);
    uint16_t index = find(object->start, object->end);
    if (index)
        return index;
    struct sg_module *module = claim(&index);
    if (!module)
        return 0;
    *module = fresh;
    __atomic_store_n(&module->end, object->end, __ATOMIC_RELEASE);
    return index;
}

static uint16_t block(uintptr_t address, uint32_t *offset)
{
    uint64_t base = address & ~(uint64_t)UINT32_MAX;
    uint16_t index = find(base, base + UINT32_MAX);
    *offset = (uint32_t)address;
    if (index)
        return index;
    struct sg_module *module = claim(&index);
    if (!module)
        return 0;
    module->base = base;
    module->start = base;
    module->flags = SG_MODULE_BLOCK;
    __atomic_store_n(&module->end, base + UINT32_MAX, __ATOMIC_RELEASE);
    return index;
}

uint16_t sg_modules_find(uintptr_t address, uint32_t *offset)
{
    struct sg_object object;
    if (!sg_object_find(address, &object) || address - object.base > UINT32_MAX)
        return block(address, offset);
    *offset = (uint32_t)(address - object.base);
    uint16_t index = find(object.start, object.end);
    return index ? index : add(&object);
}

void sg_modules_recheck(void)
{
    uint32_t count = in_use();
    for (uint32_t i = 1; i < count; i++) {
        struct sg_module *module = at(i);
        struct sg_object now;
        uint8_t id[SG_BUILD_ID_MAX];
        uint32_t flags = __atomic_load_n(&module->flags, __ATOMIC_RELAXED);
        if ((flags & (SG_MODULE_UNLOADED | SG_MODULE_BLOCK)) ||
            !__atomic_load_n(&module->end, __ATOMIC_ACQUIRE))
            continue;
        bool is_there = sg_object_find((uintptr_t)module->start, &now) && now.base == module->base &&
                        now.end == module->end &&
                        sg_object_build_id(&now, id, sizeof id) == module->build_id_size &&
                        memcmp(id, module->build_id, module->build_id_size) == 0;
        if (!is_there)
            __atomic_fetch_or(&module->flags, SG_MODULE_UNLOADED, __ATOMIC_RELAXED);
    }
    __atomic_fetch_add(&sg_modules_generation, 1, __ATOMIC_RELEASE);
}

void sg_modules_mark_family(const struct sg_object *object)
{
    uint16_t index = find(object->start, object->end);
    if (!index)
        index = add(object);
    if (index)
        __atomic_fetch_or(&at(index)->flags, SG_MODULE_FAMILY, __ATOMIC_RELAXED);
}
