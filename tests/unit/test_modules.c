/* Modules: an address keeps its meaning when its library goes and another one
 * comes to the same place. */
#include "modules.h"
#include "strings.h"
#include "testing.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const struct sg_module *module_at(uint16_t number)
{
    return (const struct sg_module *)sg_arena_at(SG_SECTION_MODULES, 0) + number;
}

static void ck_string(uint32_t reference, const char *expected)
{
    const struct sg_string *string = sg_strings_get(reference);
    ck_assert_ptr_nonnull(string);
    ck_assert_uint_eq(string->length, strlen(expected));
    ck_assert(memcmp(string->bytes, expected, string->length) == 0);
}

static void unload_something(void)
{
    sg_modules_unsettle();
    ck_assert(!sg_modules_is_settled(sg_modules_generation));
    sg_modules_settle(true);
    ck_assert(sg_modules_is_settled(sg_modules_generation));
}

START_TEST(the_program_and_libc_are_modules)
{
    char path[4096] = "";
    uint32_t offset = 0;
    ck_assert(sg_arena_enter());
    ck_assert_int_gt(readlink("/proc/self/exe", path, sizeof path - 1), 0);
    uint16_t self = sg_modules_find((uintptr_t)testing_run, &offset);
    ck_assert_uint_eq(self, 1);
    ck_assert_uint_eq(module_at(self)->base + offset, (uintptr_t)testing_run);
    ck_assert_uint_eq(module_at(self)->flags, SG_MODULE_MAIN);
    ck_string(module_at(self)->path, path);
    void *function = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
    Dl_info info;
    dladdr(function, &info);
    uint16_t libc = sg_modules_find((uintptr_t)info.dli_saddr, &offset);
    ck_assert_uint_ne(libc, self);
    ck_assert_uint_eq(module_at(libc)->flags, 0);
    ck_assert_uint_eq(module_at(libc)->base, (uintptr_t)info.dli_fbase);
    ck_assert_uint_gt(module_at(libc)->build_id_size, 0);
    ck_string(module_at(libc)->path, info.dli_fname);
    ck_assert_uint_eq(sg_modules_find((uintptr_t)info.dli_saddr + 1, &offset), libc);
    ck_assert_uint_eq(sg_modules_find((uintptr_t)testing_run + 1, &offset), self);
    ck_assert_uint_eq(sg_arena->sections[SG_SECTION_MODULES].size, 3 * sizeof(struct sg_module));
}
END_TEST

START_TEST(an_address_in_no_object_is_in_a_block)
{
    uint32_t offset = 0;
    ck_assert(sg_arena_enter());
    uint16_t low = sg_modules_find(0x123400000010, &offset);
    ck_assert_uint_eq(offset, 0x10);
    ck_assert_uint_eq(module_at(low)->base, 0x123400000000);
    ck_assert_uint_eq(module_at(low)->flags, SG_MODULE_BLOCK);
    ck_assert_uint_eq(sg_modules_find(0x1234ffffffff, &offset), low);
    ck_assert_uint_eq(offset, UINT32_MAX);
    uint16_t high = sg_modules_find(0x123500000000, &offset);
    ck_assert_uint_ne(high, low);
    ck_assert_uint_eq(offset, 0);
    ck_assert_uint_ne(sg_modules_find(UINTPTR_MAX, &offset), 0);
    /* Nothing was unloaded there, as nothing was loaded. */
    unload_something();
    ck_assert_uint_eq(module_at(low)->flags, SG_MODULE_BLOCK);
    ck_assert_uint_eq(sg_modules_find(0x123400000010, &offset), low);
}
END_TEST

/* Makes a copy of a small library, with another build-id: `salt` is added to
 * its first byte. */
static void copy_library(char *path, uint8_t salt)
{
    static uint8_t bytes[1 << 20];
    struct link_map *map = NULL;
    void *library = dlopen("libBrokenLocale.so.1", RTLD_NOW);
    ck_assert_ptr_nonnull(library);
    ck_assert_int_eq(dlinfo(library, RTLD_DI_LINKMAP, &map), 0);
    int from = open(map->l_name, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(from, bytes, sizeof bytes);
    struct sg_object object;
    uint8_t id[SG_BUILD_ID_MAX];
    ck_assert(sg_object_find((uintptr_t)map->l_ld, &object));
    size_t id_size = sg_object_build_id(&object, id, sizeof id);
    ck_assert_uint_gt(id_size, 8);
    uint8_t *at = memmem(bytes, (size_t)size, id, id_size);
    ck_assert_ptr_nonnull(at);
    *at = (uint8_t)(*at + salt);
    int to = mkstemp(path);
    ck_assert_int_ge(to, 0);
    ck_assert_int_eq(write(to, bytes, (size_t)size), size);
    close(to);
    close(from);
    dlclose(library);
}

static void *load(const char *path, uintptr_t *address)
{
    struct link_map *map = NULL;
    void *library = dlopen(path, RTLD_NOW);
    ck_assert_msg(library != NULL, "%s", dlerror());
    ck_assert_int_eq(dlinfo(library, RTLD_DI_LINKMAP, &map), 0);
    *address = map->l_addr + 0x1000;
    return library;
}

START_TEST(another_library_at_the_same_address_is_another_module)
{
    char first_path[] = "/tmp/sg-modules-XXXXXX";
    char second_path[] = "/tmp/sg-modules-XXXXXX";
    uintptr_t first_address = 0;
    uintptr_t second_address = 0;
    uint32_t offset = 0;
    ck_assert(sg_arena_enter());
    copy_library(first_path, 1);
    copy_library(second_path, 2);
    void *first = load(first_path, &first_address);
    uint16_t one = sg_modules_find(first_address, &offset);
    ck_string(module_at(one)->path, first_path);
    uint32_t generation = sg_modules_generation;
    unload_something();
    ck_assert_uint_ne(sg_modules_generation, generation);
    ck_assert_uint_eq(module_at(one)->flags, 0);
    dlclose(first);
    unload_something();
    ck_assert_uint_eq(module_at(one)->flags, SG_MODULE_UNLOADED);
    void *second = load(second_path, &second_address);
    uint16_t two = sg_modules_find(second_address, &offset);
    ck_assert_uint_ne(two, one);
    ck_string(module_at(two)->path, second_path);
    dlclose(second);
    /* Loaded again before anybody looked: the build-id tells them apart. */
    first = load(first_path, &first_address);
    ck_assert_uint_eq(first_address, second_address);
    unload_something();
    ck_assert_uint_eq(module_at(two)->flags, SG_MODULE_UNLOADED);
    uint16_t three = sg_modules_find(first_address, &offset);
    ck_assert_uint_eq(three, one);
    ck_assert_uint_eq(module_at(one)->flags, 0);
    ck_string(module_at(three)->path, first_path);
    dlclose(first);
    unlink(first_path);
    unlink(second_path);
}
END_TEST

START_TEST(a_familys_library_is_marked_once)
{
    struct sg_object libc;
    uint32_t offset = 0;
    uintptr_t address = (uintptr_t)dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
    ck_assert(sg_arena_enter());
    ck_assert(sg_object_find(address, &libc));
    sg_modules_mark_family(&libc);
    sg_modules_mark_family(&libc);
    uint16_t number = sg_modules_find(address, &offset);
    ck_assert_uint_eq(module_at(number)->flags, SG_MODULE_FAMILY);
    ck_assert_uint_eq(sg_arena->sections[SG_SECTION_MODULES].size, 2 * sizeof(struct sg_module));
}
END_TEST

START_TEST(a_full_section_gives_module_0)
{
    uint32_t offset = 0;
    ck_assert(sg_arena_enter());
    sg_arena->sections[SG_SECTION_MODULES].capacity = 2 * sizeof(struct sg_module);
    ck_assert_uint_eq(sg_modules_find((uintptr_t)testing_run, &offset), 1);
    ck_assert_uint_eq(sg_modules_find(0x123400000010, &offset), 0);
    ck_assert_uint_eq(sg_modules_find((uintptr_t)testing_run, &offset), 1);
}
END_TEST

TESTING_MAIN("modules", the_program_and_libc_are_modules, an_address_in_no_object_is_in_a_block,
             another_library_at_the_same_address_is_another_module, a_familys_library_is_marked_once,
             a_full_section_gives_module_0)
