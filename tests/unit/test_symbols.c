/* Symbols read from memory: the loader, asked by dlsym() and dladdr(), is the
 * judge. */
#include "symbols.h"
#include "testing.h"

#include <dlfcn.h>
#include <math.h>
#include <sys/mman.h>

struct search {
    const char *soname; /* NULL: the program itself */
    struct sg_elf elf;
    bool is_found;
};

static int look(struct dl_phdr_info *info, size_t size, void *context)
{
    struct search *search = context;
    struct sg_elf elf;
    (void)size;
    if (search->is_found || !sg_elf_from(&elf, info))
        return 0;
    search->is_found = search->soname ? elf.soname && strcmp(elf.soname, search->soname) == 0
                                      : (uintptr_t)look >= elf.start && (uintptr_t)look < elf.end;
    if (search->is_found)
        search->elf = elf;
    return 0;
}

static struct sg_elf elf_of(const char *soname)
{
    struct search search = {.soname = soname};
    dl_iterate_phdr(look, &search);
    ck_assert_msg(search.is_found, "%s", soname ? soname : "the program");
    return search.elf;
}

/* The type of what dladdr() finds. */
static int type_of(void *address)
{
    Dl_info info;
    void *extra = NULL;
    if (!dladdr1(address, &info, &extra, RTLD_DL_SYMENT) || !extra)
        return -1;
    return ELF64_ST_TYPE(((const ElfW(Sym) *)extra)->st_info);
}

static unsigned compare_functions(const char *soname)
{
    struct sg_elf elf = elf_of(soname);
    void *library = dlopen(soname, RTLD_NOW | RTLD_NOLOAD);
    unsigned n_compared = 0;
    ck_assert_ptr_nonnull(library);
    /* The names come from the table itself: each must be found by its name. */
    const uint32_t *words = elf.gnu_hash;
    ck_assert_ptr_nonnull(words);
    const uint32_t *buckets = words + 4 + (size_t)words[2] * 2;
    const uint32_t *chain = buckets + words[0];
    for (uint32_t bucket = 0; bucket < words[0]; bucket++) {
        for (uint32_t i = buckets[bucket]; i; i = chain[i - words[1]] & 1 ? 0 : i + 1) {
            const char *name = elf.strings + elf.symbols[i].st_name;
            unsigned type = ELF64_ST_TYPE(elf.symbols[i].st_info);
            if (type != STT_FUNC && type != STT_GNU_IFUNC)
                continue;
            void *expected = dlsym(library, name);
            if (!expected || (type == STT_FUNC && type_of(expected) != STT_FUNC))
                continue; /* only with a version that is not the default */
            ck_assert_msg(sg_elf_function(&elf, name) == expected, "%s of %s", name, soname);
            n_compared++;
        }
    }
    dlclose(library);
    return n_compared;
}

START_TEST(functions_are_those_that_dlsym_finds)
{
    ck_assert_uint_gt(compare_functions("libc.so.6"), 1000);
    if (dlopen("libcurl.so.4", RTLD_NOW))
        ck_assert_uint_gt(compare_functions("libcurl.so.4"), 80);
    if (dlopen("libcurl-gnutls.so.4", RTLD_NOW))
        ck_assert_uint_gt(compare_functions("libcurl-gnutls.so.4"), 80);
}
END_TEST

START_TEST(well_known_functions_are_found)
{
    static const char *const names[] = {
        "socket", "close", "dup2",   "accept4",           "socketpair",  "connect",
        "malloc", "fopen", "printf", "pthread_create",    "dlsym",       "exit",
        "fork",   "vfork", "execve", "pthread_cond_wait", "posix_spawn", "qsort",
        "memcpy", "strlen"}; /* the last two are indirect ones */
    struct sg_elf libc = elf_of("libc.so.6");
    void *library = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    for (size_t i = 0; i < SG_COUNT(names); i++) {
        ck_assert_ptr_nonnull(sg_elf_function(&libc, names[i]));
        ck_assert_msg(sg_elf_function(&libc, names[i]) == dlsym(library, names[i]), "%s", names[i]);
    }
    dlclose(library);
}
END_TEST

START_TEST(what_is_not_a_function_is_not_found)
{
    struct sg_elf libc = elf_of("libc.so.6");
    ck_assert_ptr_null(sg_elf_function(&libc, "no_such_function"));
    ck_assert_ptr_null(sg_elf_function(&libc, ""));
    ck_assert_ptr_null(sg_elf_function(&libc, "environ"));
    ck_assert_ptr_null(sg_elf_function(&libc, "GLIBC_2.2.5"));
    /* Imported, which is not defined. */
    struct sg_elf self = elf_of(NULL);
    ck_assert_ptr_null(sg_elf_function(&self, "dlopen"));
}
END_TEST

static unsigned compare_names(const char *soname, size_t step)
{
    struct sg_elf elf = elf_of(soname);
    void *library = dlopen(soname, RTLD_NOW | RTLD_NOLOAD);
    unsigned n_named = 0;
    for (uintptr_t address = elf.start; address < elf.end; address += step) {
        Dl_info info;
        const char *name = sg_elf_name(&elf, address);
        if (!name)
            continue;
        const ElfW(Sym) *symbol = NULL;
        void *extra = NULL;
        ck_assert_int_ne(dladdr1((void *)address, &info, &extra, RTLD_DL_SYMENT), 0);
        symbol = extra;
        ck_assert_msg(symbol != NULL, "%s at %#lx", name, (unsigned long)(address - elf.base));
        /* One function may have several names: what counts is where it is. */
        void *ours = dlsym(library, name);
        ck_assert_msg(strcmp(name, info.dli_sname) == 0 || ours == info.dli_saddr || !ours, "%s, %s at %#lx",
                      name, info.dli_sname, (unsigned long)(address - elf.base));
        ck_assert_uint_lt(address - (uintptr_t)info.dli_saddr, symbol->st_size);
        n_named++;
    }
    dlclose(library);
    return n_named;
}

START_TEST(names_are_those_that_dladdr_finds)
{
    ck_assert_uint_gt(compare_names("libc.so.6", 1021), 200);
    if (dlopen("libcurl.so.4", RTLD_NOW))
        ck_assert_uint_gt(compare_names("libcurl.so.4", 509), 5);
}
END_TEST

START_TEST(names_hold_from_the_first_byte_to_the_last)
{
    struct sg_elf libc = elf_of("libc.so.6");
    uintptr_t address = (uintptr_t)sg_elf_function(&libc, "qsort");
    Dl_info info;
    void *extra = NULL;
    ck_assert_int_ne(dladdr1((void *)address, &info, &extra, RTLD_DL_SYMENT), 0);
    const ElfW(Sym) *symbol = extra;
    ck_assert_str_eq(sg_elf_name(&libc, address), "qsort");
    ck_assert_str_eq(sg_elf_name(&libc, address + symbol->st_size - 1), "qsort");
    const char *after = sg_elf_name(&libc, address + symbol->st_size);
    ck_assert(!after || strcmp(after, "qsort") != 0);
    ck_assert_ptr_null(sg_elf_name(&libc, libc.base));
    ck_assert_ptr_null(sg_elf_name(&libc, libc.end + 4096));
}
END_TEST

/* This program imports from libc and, through a version, from libm. A program
 * that exports nothing has an empty hash table, which says nothing of how many
 * symbols there are. */
START_TEST(imports_are_known_with_the_library_that_they_are_wanted_from)
{
    struct sg_elf self = elf_of(NULL);
    volatile double two = 2.0;
    ck_assert(pow(two, two) > 3.0);
    ck_assert(sg_elf_imports(&self, "dl_iterate_phdr"));
    ck_assert(sg_elf_imports(&self, "dladdr1"));
    ck_assert(!sg_elf_imports(&self, "no_such_function"));
    ck_assert(!sg_elf_imports(&self, "look"));
    ck_assert_str_eq(sg_elf_wanted_from(&self, "dladdr1"), "libc.so.6");
    ck_assert_ptr_null(sg_elf_wanted_from(&self, "no_such_function"));
    if (sg_elf_imports(&self, "pow"))
        ck_assert_str_eq(sg_elf_wanted_from(&self, "pow"), "libm.so.6");
}
END_TEST

START_TEST(a_library_says_where_it_wants_a_symbol_from)
{
    if (!dlopen("libcurl.so.4", RTLD_NOW))
        return;
    struct sg_elf curl = elf_of("libcurl.so.4");
    ck_assert(sg_elf_imports(&curl, "socket"));
    ck_assert_str_eq(sg_elf_wanted_from(&curl, "socket"), "libc.so.6");
    ck_assert(!sg_elf_imports(&curl, "curl_easy_init"));
    ck_assert_ptr_null(sg_elf_wanted_from(&curl, "curl_easy_init"));
    const char *from = sg_elf_wanted_from(&curl, "SSL_new");
    if (sg_elf_imports(&curl, "SSL_new"))
        ck_assert_int_eq(strncmp(from, "libssl.so.", 10), 0);
}
END_TEST

static bool is_libc(void *context, const char *soname)
{
    ++*(unsigned *)context;
    return strcmp(soname, "libc.so.6") == 0;
}

static bool never(void *context, const char *soname)
{
    (void)soname;
    ++*(unsigned *)context;
    return false;
}

START_TEST(needed_libraries_are_told_until_one_is_taken)
{
    struct sg_elf self = elf_of(NULL);
    unsigned n_taken = 0;
    unsigned n_all = 0;
    ck_assert(sg_elf_needs(&self, is_libc, &n_taken));
    ck_assert(!sg_elf_needs(&self, never, &n_all));
    ck_assert_uint_ge(n_all, n_taken);
    struct sg_elf libc = elf_of("libc.so.6");
    ck_assert(!sg_elf_needs(&libc, is_libc, &n_all));
}
END_TEST

/* Tables by hand: a function with an old version before and the default one
 * after it, and an import whose address a program has taken, which linkers put
 * among the exported symbols. Both kinds of hash table. */
static const char made_strings[] = "\0twice\0taken\0plain\0";
static ElfW(Sym) made_symbols[] = {
    {0},
    {.st_name = 13, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = SHN_UNDEF},
    {.st_name = 1,
     .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
     .st_shndx = 1,
     .st_value = 0x10,
     .st_size = 4},
    {.st_name = 1,
     .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
     .st_shndx = 1,
     .st_value = 0x20,
     .st_size = 4},
    {.st_name = 1,
     .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
     .st_shndx = 1,
     .st_value = 0x30,
     .st_size = 4},
    {.st_name = 7, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = SHN_UNDEF, .st_value = 0x40},
};
static const ElfW(Versym) made_versions[] = {0, 2, 0x8003, 4, 0x8002, 2};

static uint32_t gnu_hash_name(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash;
}

START_TEST(the_default_version_is_taken_from_either_hash_table)
{
    /* One bucket, first symbol 2, one word of filter. */
    uint32_t gnu[] = {1,
                      2,
                      1,
                      0,
                      0,
                      0,
                      2,
                      gnu_hash_name("twice") & ~1U,
                      gnu_hash_name("twice") & ~1U,
                      gnu_hash_name("twice") & ~1U,
                      gnu_hash_name("taken") | 1};
    static const uint32_t sysv[] = {1, SG_COUNT(made_symbols), 0};
    for (unsigned i = 0; i < 2; i++) {
        struct sg_elf elf = {.base = 0x1000,
                             .symbols = made_symbols,
                             .strings = made_strings,
                             .versions = made_versions,
                             .n_symbols = SG_COUNT(made_symbols),
                             .n_versions = SG_COUNT(made_versions),
                             .strings_size = sizeof made_strings,
                             .n_gnu_hash = SG_COUNT(gnu),
                             .n_hash = SG_COUNT(sysv),
                             .gnu_hash = i ? NULL : gnu,
                             .hash = i ? sysv : NULL};
        ck_assert_uint_eq((uintptr_t)sg_elf_function(&elf, "twice"), 0x1020);
        ck_assert_ptr_null(sg_elf_function(&elf, "taken"));
        ck_assert_ptr_null(sg_elf_function(&elf, "plain"));
        ck_assert_str_eq(sg_elf_name(&elf, 0x1033), "twice");
        ck_assert_ptr_null(sg_elf_name(&elf, 0x1034));
        ck_assert(sg_elf_imports(&elf, "plain"));
        ck_assert(sg_elf_imports(&elf, "taken"));
        ck_assert(!sg_elf_imports(&elf, "twice"));
        elf.versions = NULL;
        ck_assert_uint_eq((uintptr_t)sg_elf_function(&elf, "twice"), 0x1010);
    }
}
END_TEST

/* A program that is not position-independent and exports nothing: its hash
 * table is empty and names 1 as the first symbol, whatever is imported. */
START_TEST(imports_are_found_beside_an_empty_hash_table)
{
    static const uint32_t gnu[] = {1, 1, 1, 0, 0, 0, 0};
    static const ElfW(Rela) data[] = {{.r_info = ELF64_R_INFO(1, 6)}};
    static const ElfW(Rela) calls[] = {{.r_info = ELF64_R_INFO(5, 7)}, {.r_info = ELF64_R_INFO(0, 8)}};
    const ElfW(Dyn) dynamic[] = {{.d_tag = DT_RELA, .d_un.d_ptr = (uintptr_t)data},
                                 {.d_tag = DT_RELASZ, .d_un.d_val = sizeof data},
                                 {.d_tag = DT_JMPREL, .d_un.d_ptr = (uintptr_t)calls},
                                 {.d_tag = DT_PLTRELSZ, .d_un.d_val = sizeof calls},
                                 {.d_tag = DT_NULL}};
    struct sg_elf elf = {.base = 0x1000,
                         .dynamic = dynamic,
                         .symbols = made_symbols,
                         .strings = made_strings,
                         .versions = made_versions,
                         .n_symbols = SG_COUNT(made_symbols),
                         .n_versions = SG_COUNT(made_versions),
                         .strings_size = sizeof made_strings,
                         .n_gnu_hash = SG_COUNT(gnu),
                         .gnu_hash = gnu};
    ck_assert(sg_elf_imports(&elf, "plain"));
    ck_assert(sg_elf_imports(&elf, "taken"));
    ck_assert(!sg_elf_imports(&elf, "other"));
    ck_assert_ptr_null(sg_elf_function(&elf, "twice"));
}
END_TEST

/* What the loader has not needed may be damaged: nothing is read beyond what
 * there can be, and no loop goes on for ever. Each word of the hash tables, each
 * offset and number of the symbols is set to extremes; AddressSanitizer, and a
 * page after each table that cannot be read, are the judges. */
static void ask_all(const struct sg_elf *elf)
{
    static const char *const names[] = {"twice", "taken", "plain", "other", ""};
    for (size_t i = 0; i < SG_COUNT(names); i++) {
        (void)sg_elf_function(elf, names[i]);
        (void)sg_elf_variable(elf, names[i]);
        (void)sg_elf_size(elf, names[i]);
        (void)sg_elf_has_version(elf, names[i]);
        (void)sg_elf_imports(elf, names[i]);
        (void)sg_elf_wanted_from(elf, names[i]);
    }
    for (uintptr_t offset = 0; offset < 0x40; offset++)
        (void)sg_elf_name(elf, elf->base + offset);
    for (size_t i = 0; i < 10; i++)
        (void)sg_elf_symbol_name(elf, i);
}

/* A copy that ends where the memory ends. */
static void *at_an_end(const void *bytes, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (size + page - 1) / page * page;
    uint8_t *pages = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    ck_assert_int_eq(mprotect(pages + room, page, PROT_NONE), 0);
    return memcpy(pages + room - size, bytes, size);
}

static const uint64_t extremes[] = {0,          1,          2,           3,         0x7f,       0xff,
                                    0x7fff,     0xffff,     0x10000,     0xffffff,  0x7fffffff, 0x80000000,
                                    0xfffffffe, 0xffffffff, 0x1ffffffff, UINT64_MAX};

static void damage_each(void *table, size_t size, size_t word, const struct sg_elf *elf)
{
    for (size_t at = 0; at + word <= size; at += word) {
        uint64_t before = 0;
        memcpy(&before, (uint8_t *)table + at, word);
        for (size_t i = 0; i < SG_COUNT(extremes); i++) {
            memcpy((uint8_t *)table + at, &extremes[i], word);
            ask_all(elf);
        }
        memcpy((uint8_t *)table + at, &before, word);
    }
}

START_TEST(damaged_tables_are_read_within_their_bounds)
{
    uint32_t gnu_words[] = {1,
                            2,
                            1,
                            0,
                            0,
                            0,
                            2,
                            gnu_hash_name("twice") & ~1U,
                            gnu_hash_name("twice") & ~1U,
                            gnu_hash_name("twice") & ~1U,
                            gnu_hash_name("taken") | 1};
    const uint32_t sysv_words[] = {1, SG_COUNT(made_symbols), 0, 0, 0, 0, 0, 0, 0};
    struct {
        ElfW(Verneed) need;
        ElfW(Vernaux) aux[2];
    } needed_words = {{.vn_version = 1, .vn_cnt = 2, .vn_file = 1, .vn_aux = sizeof(ElfW(Verneed))},
                      {{.vna_other = 3, .vna_next = sizeof(ElfW(Vernaux))}, {.vna_other = 2}}};
    uint32_t *gnu = at_an_end(gnu_words, sizeof gnu_words);
    uint32_t *sysv = at_an_end(sysv_words, sizeof sysv_words);
    ElfW(Sym) *symbols = at_an_end(made_symbols, sizeof made_symbols);
    ElfW(Versym) *versions = at_an_end(made_versions, sizeof made_versions);
    char *strings = at_an_end(made_strings, sizeof made_strings - 1);
    void *needed = at_an_end(&needed_words, sizeof needed_words);
    /* The room of the table of needed versions is its segment's. */
    const ElfW(Phdr) part = {
        .p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = (uintptr_t)needed, .p_filesz = sizeof needed_words};
    for (unsigned i = 0; i < 2; i++) {
        const struct sg_elf elf = {.end = UINTPTR_MAX,
                                   .parts = &part,
                                   .n_parts = 1,
                                   .symbols = symbols,
                                   .strings = strings,
                                   .versions = versions,
                                   .needed_versions = needed,
                                   .n_symbols = SG_COUNT(made_symbols),
                                   .n_versions = SG_COUNT(made_versions),
                                   .strings_size = sizeof made_strings - 1,
                                   .n_gnu_hash = SG_COUNT(gnu_words),
                                   .n_hash = SG_COUNT(sysv_words),
                                   .gnu_hash = i ? NULL : gnu,
                                   .hash = sysv};
        ck_assert_uint_eq((uintptr_t)sg_elf_function(&elf, "twice"), 0x20);
        ck_assert_str_eq(sg_elf_wanted_from(&elf, "plain"), "twice");
        ck_assert_ptr_null(sg_elf_text(&elf, sizeof made_strings - 1));
        damage_each(gnu, sizeof gnu_words, sizeof *gnu, &elf);
        damage_each(sysv, sizeof sysv_words, sizeof *sysv, &elf);
        damage_each(symbols, sizeof made_symbols, sizeof symbols->st_name, &elf);
        damage_each(versions, sizeof made_versions, sizeof *versions, &elf);
        damage_each(needed, sizeof needed_words, 2, &elf);
        damage_each(needed, sizeof needed_words, 4, &elf);
        damage_each(strings, sizeof made_strings - 1, 1, &elf);
        /* The last text does not end. */
        strings[sizeof made_strings - 2] = 'x';
        ck_assert_ptr_null(sg_elf_text(&elf, 13));
        ask_all(&elf);
        strings[sizeof made_strings - 2] = 0;
    }
}
END_TEST

/* The whole of a real library, through what the loader tells: its tables end in
 * their segment, and the number of symbols is bounded by where the strings begin. */
START_TEST(the_room_of_tables_is_that_of_their_segment)
{
    struct sg_elf libc = elf_of("libc.so.6");
    ck_assert_uint_gt(libc.n_symbols, 1000);
    ck_assert_uint_lt(libc.n_symbols, 100000);
    ck_assert_ptr_nonnull(sg_elf_symbol_name(&libc, 1));
    ck_assert_ptr_null(sg_elf_symbol_name(&libc, libc.n_symbols));
    ck_assert_uint_gt(sg_elf_room(&libc, libc.strings), 1000);
    ck_assert_uint_eq(sg_elf_room(&libc, (const void *)libc.end), 0);
    ck_assert_uint_eq(sg_elf_room(&libc, NULL), 0);
    ck_assert_uint_eq(sg_elf_room(&libc, (const void *)UINTPTR_MAX), 0);
}
END_TEST

TESTING_MAIN("symbols", damaged_tables_are_read_within_their_bounds,
             the_room_of_tables_is_that_of_their_segment, functions_are_those_that_dlsym_finds,
             well_known_functions_are_found, what_is_not_a_function_is_not_found,
             names_are_those_that_dladdr_finds, names_hold_from_the_first_byte_to_the_last,
             imports_are_known_with_the_library_that_they_are_wanted_from,
             a_library_says_where_it_wants_a_symbol_from, needed_libraries_are_told_until_one_is_taken,
             the_default_version_is_taken_from_either_hash_table,
             imports_are_found_beside_an_empty_hash_table)
