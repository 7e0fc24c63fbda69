#include "object.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

/* Weak, so that the library loads where libc has no such function. */
extern __typeof__(_dl_find_object) _dl_find_object __attribute__((weak));

struct search {
    uintptr_t address;
    struct sg_object *object;
};

static int look(struct dl_phdr_info *info, size_t size, void *context)
{
    struct search *search = context;
    struct sg_object found = {.base = info->dlpi_addr, .start = UINTPTR_MAX};
    bool is_inside = false;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_GNU_EH_FRAME)
            found.eh_frame_hdr = (const uint8_t *)start; /* NOLINT(performance-no-int-to-ptr) */
        if (part->p_type != PT_LOAD)
            continue;
        is_inside |= search->address - start < part->p_memsz;
        if (start < found.start)
            found.start = start;
        if (start + part->p_memsz > found.end)
            found.end = start + part->p_memsz;
    }
    if (is_inside)
        *search->object = found;
    return is_inside;
}

bool sg_object_find(uintptr_t address, struct sg_object *object)
{
    if (SG_UNLIKELY(!_dl_find_object)) {
        struct search search = {address, object};
        return dl_iterate_phdr(look, &search) != 0;
    }
    struct dl_find_object found;
    if (_dl_find_object((void *)address, &found) != 0) /* NOLINT(performance-no-int-to-ptr) */
        return false;
    object->base = found.dlfo_link_map->l_addr;
    object->start = (uintptr_t)found.dlfo_map_start;
    object->end = (uintptr_t)found.dlfo_map_end;
    object->eh_frame_hdr = found.dlfo_eh_frame;
    object->map = found.dlfo_link_map;
    return true;
}

bool sg_object_is_lock_free(void) { return _dl_find_object != NULL; }

static int work_once(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)info;
    (void)size;
    (*(void (**)(void))context)();
    return 1;
}

void sg_object_keep_all(void (*work)(void)) { (void)dl_iterate_phdr(work_once, &work); }

/* A note is a header, a name and a descriptor, each padded to 4 bytes (ELF
 * gABI; the GNU build-id note never uses the 8-byte form). */
static size_t build_id_in(const uint8_t *notes, size_t size, uint8_t *id, size_t room)
{
    while (size >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, notes, sizeof note);
        size_t name = (note.n_namesz + 3U) & ~(size_t)3;
        size_t text = (note.n_descsz + 3U) & ~(size_t)3;
        size_t whole = sizeof note + name + text;
        if (whole > size)
            return 0;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(notes + sizeof note, "GNU", 4) == 0) {
            size_t length = note.n_descsz < room ? note.n_descsz : room;
            memcpy(id, notes + sizeof note + name, length);
            return length;
        }
        notes += whole;
        size -= whole;
    }
    return 0;
}

size_t sg_object_build_id(const struct sg_object *object, uint8_t *id, size_t size)
{
    /* The first segment of every linker's output begins with the ELF header. */
    const uint8_t *image = (const uint8_t *)object->start; /* NOLINT(performance-no-int-to-ptr) */
    if (memcmp(image, ELFMAG, SELFMAG) != 0)
        return 0;
    const ElfW(Ehdr) *header = (const void *)image;
    if (header->e_phoff + (size_t)header->e_phnum * sizeof(ElfW(Phdr)) > object->end - object->start)
        return 0;
    const ElfW(Phdr) *parts = (const void *)(image + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++) {
        uintptr_t start = object->base + parts[i].p_vaddr;
        if (parts[i].p_type != PT_NOTE || start < object->start || start + parts[i].p_memsz > object->end)
            continue;
        /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
        size_t length = build_id_in((const uint8_t *)start, parts[i].p_memsz, id, size);
        if (length)
            return length;
    }
    return 0;
}
