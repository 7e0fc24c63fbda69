#include "reach.h"
#include "detector.h"
#include "object.h"
#include "sys.h"

#include <string.h>

#define OBJECTS 1024U

struct entry {
    struct sg_elf elf;
    const char *path; /* NULL if it is not known */
    bool is_in;
};

struct objects {
    uint32_t count;
    struct entry entries[OBJECTS];
};

static bool gather(void *context, const struct sg_elf *elf)
{
    struct objects *objects = context;
    struct sg_object object;
    bool is_known = sg_object_find((uintptr_t)elf->dynamic, &object) && object.map;
    objects->entries[objects->count++] = (struct entry){*elf, is_known ? object.map->l_name : NULL, false};
    return objects->count == OBJECTS;
}

/* Without a soname, a library goes by its file. */
static bool is_called(const struct entry *entry, const char *needed)
{
    const char *name = entry->elf.soname ? entry->elf.soname : entry->path;
    if (!name)
        return false;
    const char *slash = strrchr(name, '/');
    return strcmp(name, needed) == 0 || (slash && strcmp(slash + 1, needed) == 0);
}

struct growth {
    struct objects *objects;
    bool is_grown;
};

static bool is_in(void *context, const char *needed)
{
    const struct objects *objects = ((struct growth *)context)->objects;
    for (uint32_t i = 0; i < objects->count; i++)
        if (objects->entries[i].is_in && is_called(&objects->entries[i], needed))
            return true;
    return false;
}

static bool take_in(void *context, const char *needed)
{
    struct growth *growth = context;
    for (uint32_t i = 0; i < growth->objects->count; i++) {
        struct entry *entry = &growth->objects->entries[i];
        if (entry->is_in || !is_called(entry, needed))
            continue;
        entry->is_in = growth->is_grown = true;
    }
    return false;
}

/* Adds those that need one of them, up to what was asked to be loaded. */
static void grow_up(struct growth *growth)
{
    do {
        growth->is_grown = false;
        for (uint32_t i = 0; i < growth->objects->count; i++) {
            struct entry *entry = &growth->objects->entries[i];
            if (!entry->is_in && sg_elf_needs(&entry->elf, is_in, growth))
                entry->is_in = growth->is_grown = true;
        }
    } while (growth->is_grown);
}

static void grow_down(struct growth *growth)
{
    do {
        growth->is_grown = false;
        for (uint32_t i = 0; i < growth->objects->count; i++)
            if (growth->objects->entries[i].is_in)
                (void)sg_elf_needs(&growth->objects->entries[i].elf, take_in, growth);
    } while (growth->is_grown);
}

/* A library that the program itself needs has no scope but the program's. */
static bool find(struct objects *objects, uintptr_t caller, const char *name)
{
    struct growth growth = {.objects = objects};
    sg_objects_each(gather, objects, sg_detector_is_vfork_child());
    for (uint32_t i = 0; i < objects->count; i++)
        objects->entries[i].is_in = sg_elf_holds(&objects->entries[i].elf, caller);
    grow_up(&growth);
    if (objects->entries[0].is_in)
        return false;
    grow_down(&growth);
    for (uint32_t i = 0; i < objects->count; i++)
        if (objects->entries[i].is_in && !sg_elf_holds(&objects->entries[i].elf, (uintptr_t)&find) &&
            sg_elf_function(&objects->entries[i].elf, name))
            return true;
    return false;
}

struct question {
    struct objects *objects;
    uintptr_t caller;
    const char *name;
    bool is_found;
};

/* Called for the first object, with the loader's lock held, so that all of
 * them stay where they are meanwhile. */
static bool ask(void *context, const struct sg_elf *first)
{
    struct question *question = context;
    (void)first;
    question->is_found = find(question->objects, question->caller, question->name);
    return true;
}

/* One look-up at a time has room without a system call: in a sandbox there may
 * be none. */
static struct objects room;
static bool is_room_taken; /* atomic */

static struct objects *take_room(void)
{
    if (!__atomic_exchange_n(&is_room_taken, true, __ATOMIC_ACQUIRE))
        return &room;
    return sg_sys_is_barred() ? NULL : sg_sys_map(sizeof room);
}

static void give_room(struct objects *objects)
{
    if (objects != &room) {
        sg_sys_unmap(objects, sizeof *objects);
        return;
    }
    room.count = 0;
    __atomic_store_n(&is_room_taken, false, __ATOMIC_RELEASE);
}

bool sg_reach_finds(uintptr_t caller, const char *name)
{
    struct question question = {take_room(), caller, name, false};
    if (!question.objects)
        return false;
    sg_objects_each(ask, &question, sg_detector_is_vfork_child());
    give_room(question.objects);
    return question.is_found;
}
