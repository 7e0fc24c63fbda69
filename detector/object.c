#include "object.h"
#include "sys.h"

#include <dlfcn.h>
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#define PAGE 4096U /* the smallest one */

/* Weak, so that the library loads where libc has no such function. */
extern __typeof__(_dl_find_object) _dl_find_object __attribute__((weak));

struct search {
    uintptr_t address;
    struct sg_object *object;
};

static int look(struct dl_phdr_info *info, size_t size, void *context)
{
    struct search *search = context;
    struct sg_object found = {
        .base = info->dlpi_addr, .start = UINTPTR_MAX, .parts = info->dlpi_phdr, .n_parts = info->dlpi_phnum};
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
    object->parts = NULL;
    object->n_parts = 0;
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

/* Pages that are known to be readable, as a system call has said: the first
 * pages of objects, which seldom number more than this. */
#define PROVEN 64U
static uintptr_t proven[PROVEN]; /* atomic */

static bool is_readable(uintptr_t page)
{
    uintptr_t *known = &proven[(page * UINT64_C(0x9E3779B97F4A7C15)) >> 58];
    if (__atomic_load_n(known, __ATOMIC_RELAXED) == page || sg_sys_is_emulated)
        return true;
    if (sg_sys_is_barred() || !sg_sys_is_readable(page))
        return false;
    __atomic_store_n(known, page, __ATOMIC_RELAXED);
    return true;
}

/* The kernel has said where the program's own headers are. */
static bool find_programs_parts(struct sg_object *object)
{
    static uintptr_t address; /* atomic */
    static uint32_t count;    /* atomic */
    uintptr_t parts = __atomic_load_n(&address, __ATOMIC_ACQUIRE);
    if (SG_UNLIKELY(!parts)) {
        parts = getauxval(AT_PHDR);
        __atomic_store_n(&count, (uint32_t)getauxval(AT_PHNUM), __ATOMIC_RELAXED);
        __atomic_store_n(&address, parts, __ATOMIC_RELEASE);
    }
    if (parts < object->start || parts >= object->end || parts % _Alignof(ElfW(Phdr)) != 0)
        return false;
    object->n_parts = __atomic_load_n(&count, __ATOMIC_RELAXED);
    object->parts = (const void *)parts; /* NOLINT(performance-no-int-to-ptr) */
    return true;
}

/* True if the `size` bytes of the file that are at `offset` were mapped to `at`. If
 * not, what was read there as program headers is something else. */
static bool is_mapped_to(const struct sg_object *object, const ElfW(Phdr) * parts, unsigned count,
                         uintptr_t offset, uintptr_t size, uintptr_t at)
{
    for (unsigned i = 0; i < count; i++) {
        const ElfW(Phdr) *load = &parts[i];
        uintptr_t before = offset - load->p_offset;
        if (load->p_type == PT_LOAD && (load->p_flags & PF_R) && load->p_offset <= offset &&
            before <= load->p_filesz && size <= load->p_filesz - before &&
            object->base + load->p_vaddr + before == at)
            return true;
    }
    return false;
}

/* The first segment of nearly every linker's output begins with the ELF header,
 * and the program headers follow it. Tools that need room for more of them put
 * them where their own segment is, mostly as far from the beginning as in the file. */
static bool find_parts_in_image(struct sg_object *object)
{
    const uint8_t *image = (const uint8_t *)object->start; /* NOLINT(performance-no-int-to-ptr) */
    const ElfW(Ehdr) *header = (const void *)image;
    uintptr_t length = object->end - object->start;
    if (object->start % PAGE != 0 || length < PAGE)
        return false;
    /* The loader has mapped the first page to be read, unless somebody made the
     * object by hand; that is believed where nothing can be tried. */
    if (!sg_sys_is_barred() && !is_readable(object->start))
        return false;
    uintptr_t size = (uintptr_t)header->e_phnum * sizeof(ElfW(Phdr));
    if (memcmp(image, ELFMAG, SELFMAG) != 0 || header->e_phentsize != sizeof(ElfW(Phdr)) ||
        header->e_phoff % _Alignof(ElfW(Phdr)) != 0 || header->e_phoff > length ||
        size > length - header->e_phoff)
        return false;
    uintptr_t at = object->start + header->e_phoff;
    for (uintptr_t page = at & ~(uintptr_t)(PAGE - 1); page < at + size; page += PAGE)
        if (page != object->start && !is_readable(page))
            return false;
    const ElfW(Phdr) *parts = (const void *)(image + header->e_phoff);
    if (!is_mapped_to(object, parts, header->e_phnum, header->e_phoff, size, at))
        return false;
    object->parts = parts;
    object->n_parts = header->e_phnum;
    return true;
}

bool sg_object_find_parts(struct sg_object *object)
{
    return object->parts || find_programs_parts(object) || find_parts_in_image(object);
}

bool sg_object_part_of(const struct sg_object *object, uintptr_t address, struct sg_part *part)
{
    for (unsigned i = 0; i < object->n_parts; i++) {
        const ElfW(Phdr) *load = &object->parts[i];
        uintptr_t low = object->base + load->p_vaddr;
        if (load->p_type != PT_LOAD || !(load->p_flags & PF_R) || address - low >= load->p_filesz)
            continue;
        if (low < object->start || low >= object->end || load->p_filesz > object->end - low)
            return false;
        *part = (struct sg_part){low, low + load->p_filesz};
        return true;
    }
    return false;
}

/* Without the headers: page by page. */
static bool try_pages(const struct sg_object *object, uintptr_t address, struct sg_part *part)
{
    if (address < object->start || address >= object->end)
        return false;
    *part = (struct sg_part){object->start, object->end};
    if (sg_sys_is_emulated)
        return true;
    part->low = address & ~(uintptr_t)(PAGE - 1);
    if (sg_sys_is_barred() || !sg_sys_is_readable(part->low))
        return false;
    part->high = part->low + PAGE;
    if (part->high < object->end && sg_sys_is_readable(part->high))
        part->high += PAGE;
    return true;
}

bool sg_object_part(const struct sg_object *object, uintptr_t address, struct sg_part *part)
{
    struct sg_object found = *object;
    if (SG_LIKELY(sg_object_find_parts(&found)))
        return sg_object_part_of(&found, address, part);
    return try_pages(object, address, part);
}

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
    struct sg_object found = *object;
    if (!sg_object_find_parts(&found))
        return 0;
    for (unsigned i = 0; i < found.n_parts; i++) {
        uintptr_t start = object->base + found.parts[i].p_vaddr;
        struct sg_part part;
        if (found.parts[i].p_type != PT_NOTE || !sg_object_part_of(&found, start, &part) ||
            found.parts[i].p_filesz > part.high - start)
            continue;
        /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
        size_t length = build_id_in((const uint8_t *)start, found.parts[i].p_filesz, id, size);
        if (length)
            return length;
    }
    return 0;
}
