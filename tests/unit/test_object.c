/* Which object holds an address, and its build-id, compared with its file. */
#include "object.h"
#include "testing.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>

START_TEST(addresses_lie_in_their_object)
{
    struct sg_object self;
    struct sg_object libc;
    Dl_info info;
    ck_assert(sg_object_find((uintptr_t)testing_run, &self));
    ck_assert_uint_le(self.start, (uintptr_t)testing_run);
    ck_assert_uint_gt(self.end, (uintptr_t)testing_run);
    ck_assert_ptr_nonnull(self.eh_frame_hdr);
    ck_assert_int_ne(dladdr(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"), &info), 0);
    ck_assert(sg_object_find((uintptr_t)info.dli_saddr, &libc));
    ck_assert_uint_eq(libc.base, (uintptr_t)info.dli_fbase);
    ck_assert_uint_eq(libc.start, (uintptr_t)info.dli_fbase);
    ck_assert_ptr_nonnull(strstr(libc.map->l_name, "libc.so"));
    ck_assert_uint_ne(libc.base, self.base);
}
END_TEST

START_TEST(other_memory_is_in_no_object)
{
    struct sg_object object;
    int local = 0;
    void *mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(!sg_object_find((uintptr_t)&local, &object));
    ck_assert(!sg_object_find((uintptr_t)mapped, &object));
    ck_assert(!sg_object_find(0, &object));
    ck_assert(!sg_object_find(1, &object));
    ck_assert(!sg_object_find(UINTPTR_MAX, &object));
}
END_TEST

/* The build-id by the file's section headers, which memory does not have. */
static size_t id_of_file(const char *path, uint8_t *id)
{
    struct stat status;
    size_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_msg(fd >= 0 && fstat(fd, &status) == 0, "%s", path);
    uint8_t *file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    ck_assert_ptr_ne(file, MAP_FAILED);
    close(fd);
    const ElfW(Ehdr) *header = (const void *)file;
    const ElfW(Shdr) *sections = (const void *)(file + header->e_shoff);
    const char *names = (const char *)file + sections[header->e_shstrndx].sh_offset;
    for (int i = 0; i < header->e_shnum; i++) {
        if (strcmp(names + sections[i].sh_name, ".note.gnu.build-id") != 0)
            continue;
        const ElfW(Nhdr) *note = (const void *)(file + sections[i].sh_offset);
        size = note->n_descsz;
        memcpy(id, (const uint8_t *)(note + 1) + 4, size);
    }
    munmap(file, (size_t)status.st_size);
    return size;
}

static int compare_ids(struct dl_phdr_info *info, size_t size, void *context)
{
    struct sg_object object;
    uint8_t id[32];
    uint8_t expected[32];
    (void)size;
    const char *path = info->dlpi_name[0] ? info->dlpi_name : "/proc/self/exe";
    if (path[0] != '/' || !sg_object_find(info->dlpi_addr + info->dlpi_phdr[0].p_vaddr, &object))
        return 0; /* the kernel's own object has no file */
    size_t length = id_of_file(path, expected);
    ck_assert_msg(sg_object_build_id(&object, id, sizeof id) == length, "%s", path);
    ck_assert_msg(memcmp(id, expected, length) == 0, "%s", path);
    *(unsigned *)context += length > 0;
    return 0;
}

START_TEST(build_ids_are_those_of_the_files)
{
    unsigned n_compared = 0;
    (void)dlopen("libcurl.so.4", RTLD_NOW);
    dl_iterate_phdr(compare_ids, &n_compared);
    ck_assert_uint_ge(n_compared, 2);
}
END_TEST

START_TEST(a_build_id_is_cut_to_the_room_there_is)
{
    struct sg_object libc;
    uint8_t whole[32];
    uint8_t id[32];
    memset(id, 0xee, sizeof id);
    ck_assert(sg_object_find((uintptr_t)dlsym(RTLD_DEFAULT, "gnu_get_libc_version"), &libc));
    size_t length = sg_object_build_id(&libc, whole, sizeof whole);
    ck_assert_uint_gt(length, 4);
    ck_assert_uint_eq(sg_object_build_id(&libc, id, 4), 4);
    ck_assert(memcmp(id, whole, 4) == 0);
    ck_assert_uint_eq(id[4], 0xee);
}
END_TEST

START_TEST(what_is_no_elf_image_has_no_build_id)
{
    static _Alignas(4096) uint8_t image[4096];
    uint8_t id[32];
    struct sg_object object = {
        .base = (uintptr_t)image, .start = (uintptr_t)image, .end = (uintptr_t)(image + 4096)};
    ck_assert_uint_eq(sg_object_build_id(&object, id, sizeof id), 0);
    /* Headers and notes that lead out of the image. */
    ElfW(Ehdr)
        header = {.e_ident = ELFMAG, .e_phoff = 4000, .e_phnum = 10, .e_phentsize = sizeof(ElfW(Phdr))};
    memcpy(image, &header, sizeof header);
    ck_assert_uint_eq(sg_object_build_id(&object, id, sizeof id), 0);
    header.e_phoff = 64;
    header.e_phnum = 2;
    memcpy(image, &header, sizeof header);
    const ElfW(Phdr) load = {.p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = 4096, .p_memsz = 4096};
    memcpy(image + 64 + sizeof load, &load, sizeof load);
    ElfW(Phdr) part = {.p_type = PT_NOTE, .p_vaddr = 4090, .p_filesz = 20, .p_memsz = 20};
    memcpy(image + 64, &part, sizeof part);
    ck_assert_uint_eq(sg_object_build_id(&object, id, sizeof id), 0);
    /* A foreign note first, then ours; then one that is longer than its room. */
    static const uint32_t notes[] = {4, 5, 1, 0x21594854, 1, 2, 4, 4, NT_GNU_BUILD_ID, 0x554e47, 0x04030201};
    part = (ElfW(Phdr)){.p_type = PT_NOTE, .p_vaddr = 512, .p_filesz = sizeof notes};
    memcpy(image + 64, &part, sizeof part);
    memcpy(image + 512, notes, sizeof notes);
    ck_assert_uint_eq(sg_object_build_id(&object, id, sizeof id), 4);
    ck_assert_uint_eq(id[0] + id[3], 5);
    part.p_filesz -= 4;
    memcpy(image + 64, &part, sizeof part);
    ck_assert_uint_eq(sg_object_build_id(&object, id, sizeof id), 0);
}
END_TEST

/* What is read as program headers must have been mapped as they say, and begin
 * where the object does. */
START_TEST(parts_are_the_readable_segments)
{
    static _Alignas(4096) uint8_t image[3 * 4096];
    const struct sg_object object = {
        .base = (uintptr_t)image, .start = (uintptr_t)image, .end = (uintptr_t)(image + sizeof image)};
    const ElfW(Ehdr)
        header = {.e_ident = ELFMAG, .e_phoff = 64, .e_phnum = 4, .e_phentsize = sizeof(ElfW(Phdr))};
    ElfW(Phdr) parts[] = {
        {.p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = 1000, .p_memsz = 5000},
        {.p_type = PT_LOAD,
         .p_flags = PF_X,
         .p_offset = 4096,
         .p_vaddr = 4096,
         .p_filesz = 100,
         .p_memsz = 100},
        {.p_type = PT_LOAD,
         .p_flags = PF_R,
         .p_offset = 8192,
         .p_vaddr = 8192,
         .p_filesz = 4096,
         .p_memsz = 4096},
        {.p_type = PT_LOAD,
         .p_flags = PF_R,
         .p_offset = 12288,
         .p_vaddr = 12287,
         .p_filesz = UINT64_MAX,
         .p_memsz = UINT64_MAX},
    };
    struct sg_part part;
    memcpy(image, &header, sizeof header);
    memcpy(image + 64, parts, sizeof parts);
    ck_assert(sg_object_part(&object, object.start, &part));
    ck_assert_uint_eq(part.low, object.start);
    ck_assert_uint_eq(part.high, object.start + 1000);
    ck_assert(sg_object_part(&object, object.start + 999, &part));
    ck_assert(!sg_object_part(&object, object.start + 1000, &part)); /* not from the file */
    ck_assert(!sg_object_part(&object, object.start + 4096, &part)); /* not to be read */
    ck_assert(sg_object_part(&object, object.start + 8192, &part));
    ck_assert(!sg_object_part(&object, object.start - 1, &part));
    ck_assert(!sg_object_part(&object, object.end, &part)); /* beyond the object */
    ck_assert(!sg_object_part(&object, 0, &part));
    ck_assert(!sg_object_part(&object, UINTPTR_MAX, &part));
    /* Headers that the file has elsewhere: whole pages are tried. */
    parts[0].p_filesz = 100;
    memcpy(image + 64, parts, sizeof parts);
    ck_assert(sg_object_part(&object, object.start + 5000, &part));
    ck_assert_uint_eq(part.low, object.start + 4096);
    ck_assert(!sg_object_part(&object, object.end, &part));
}
END_TEST

/* An object whose first page, or any other, cannot be read. */
START_TEST(pages_that_cannot_be_read_are_left_alone)
{
    uint8_t *pages = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    const struct sg_object object = {
        .base = (uintptr_t)pages, .start = (uintptr_t)pages, .end = (uintptr_t)(pages + 3 * 4096)};
    struct sg_part part;
    uint8_t id[32];
    ck_assert(!sg_object_part(&object, object.start, &part));
    ck_assert_uint_eq(sg_object_build_id(&object, id, sizeof id), 0);
    ck_assert_int_eq(mprotect(pages + 4096, 4096, PROT_READ), 0);
    ck_assert(sg_object_part(&object, object.start + 4096, &part));
    ck_assert_uint_eq(part.high - part.low, 4096);
    ck_assert(!sg_object_part(&object, object.start + 2 * 4096, &part));
}
END_TEST

TESTING_MAIN("object", parts_are_the_readable_segments, pages_that_cannot_be_read_are_left_alone,
             addresses_lie_in_their_object, other_memory_is_in_no_object, build_ids_are_those_of_the_files,
             a_build_id_is_cut_to_the_room_there_is, what_is_no_elf_image_has_no_build_id)
