#include "objects.h"
#include "object.h"
#include "sys.h"

#include <string.h>

/* Weak: the loader's list is glibc's. */
extern struct r_debug _r_debug __attribute__((weak));
static __typeof__(&dl_iterate_phdr) iterate = dl_iterate_phdr;
static int loader_pid; /* atomic: the process that was last known to be free to use the loader's lock */

struct sg_elf sg_objects_self;
static struct sg_elf libc;
const ElfW(Dyn) * sg_objects_last_at_start;

/* Made by the linker: where this library begins and ends. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static const struct link_map *first_map(void) { return &_r_debug ? _r_debug.r_map : NULL; }

/* The constructor runs before those of other libraries, and before a
 * sanitizer's runtime in the program, which may stand before libc's
 * dl_iterate_phdr() and is not ready yet. So the loader's list is read, which
 * nobody changes now, and libc's own function is used from then on. */
void sg_objects_start(void (*each)(const struct sg_elf *elf))
{
    bool is_after_us = false;
    struct sg_elf elf;
    for (const struct link_map *map = first_map(); map; map = map->l_next) {
        if (map->l_ld == _DYNAMIC) {
            is_after_us = true;
            sg_objects_last_at_start = map->l_ld;
            (void)sg_elf_from_map(&sg_objects_self, map);
            sg_objects_self.start = (uintptr_t)__ehdr_start;
            sg_objects_self.end = (uintptr_t)_end;
            continue;
        }
        if (!is_after_us || !sg_elf_from_map(&elf, map))
            continue;
        sg_objects_last_at_start = map->l_ld;
        each(&elf);
        if (elf.soname && strcmp(elf.soname, "libc.so.6") == 0)
            libc = elf;
    }
    void *found = sg_objects_of_libc("dl_iterate_phdr");
    if (found)
        iterate = (__typeof__(iterate))found;
    sg_objects_loader_called();
}

void *sg_objects_of_libc(const char *name) { return libc.dynamic ? sg_elf_function(&libc, name) : NULL; }

void sg_objects_loader_called(void)
{
    if (!sg_sys_is_barred())
        __atomic_store_n(&loader_pid, sg_sys_pid(), __ATOMIC_RELAXED);
}

struct visit {
    bool (*each)(void *context, const struct sg_elf *elf);
    void *context;
};

static int visit(struct dl_phdr_info *info, size_t size, void *context)
{
    const struct visit *visit = context;
    struct sg_elf elf;
    (void)size;
    return sg_elf_from(&elf, info) && visit->each(visit->context, &elf);
}

/* An object that was being loaded when the process forked may stand in the
 * list; _dl_find_object() knows the complete ones. One that was being unloaded
 * may still be known, and its memory gone; the program itself stays. */
static void walk_list(const struct visit *visit)
{
    struct sg_elf elf;
    struct sg_object object;
    for (const struct link_map *map = first_map(); map; map = map->l_next) {
        if (!sg_object_find((uintptr_t)map->l_ld, &object) || object.map != map ||
            (map != first_map() && !sg_sys_is_readable((uintptr_t)map->l_ld)) || !sg_elf_from_map(&elf, map))
            continue;
        elf.start = object.start;
        elf.end = object.end;
        if (visit->each(visit->context, &elf))
            return;
    }
}

void sg_objects_each(bool (*each)(void *context, const struct sg_elf *elf), void *context, bool is_vforked)
{
    struct visit visitor = {each, context};
    bool is_forked =
        !is_vforked && !sg_sys_is_barred() && __atomic_load_n(&loader_pid, __ATOMIC_RELAXED) != sg_sys_pid();
    if (is_forked && sg_object_is_lock_free() && first_map())
        walk_list(&visitor);
    else
        iterate(visit, &visitor);
}

struct interposed {
    const struct sg_elf *elf;
    const char *name;
    bool is_after_us, is_found;
};

static bool looks_interposed(void *context, const struct sg_elf *elf)
{
    struct interposed *wanted = context;
    if (elf->start == wanted->elf->start)
        return true;
    if (wanted->is_after_us)
        wanted->is_found = sg_elf_function(elf, wanted->name) && !sg_elf_has_version(elf, wanted->name);
    wanted->is_after_us |= elf->dynamic == sg_objects_self.dynamic;
    return wanted->is_found;
}

bool sg_objects_interpose(const struct sg_elf *elf, const char *name, bool is_vforked)
{
    struct interposed wanted = {elf, name, false, false};
    sg_objects_each(looks_interposed, &wanted, is_vforked);
    return wanted.is_found;
}

struct counts {
    unsigned long long loads, unloads;
};

static int count(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    *(struct counts *)context = (struct counts){info->dlpi_adds, info->dlpi_subs};
    return 1;
}

static struct counts counts(void)
{
    struct counts counts = {0};
    iterate(count, &counts);
    return counts;
}

unsigned long long sg_objects_loads(void) { return counts().loads; }
unsigned long long sg_objects_unloads(void) { return counts().unloads; }
