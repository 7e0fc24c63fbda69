#include "unseen.h"

#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

struct look {
    FILE *out;
    const struct sg_snapshot *snapshot;
    const char *path;
    Elf *elf;
};

static bool is_function(const GElf_Sym *symbol)
{
    return GELF_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF;
}

/* True if a symbol table of this type defines the function. */
static bool defines(const struct look *look, GElf_Word type, const char *name)
{
    for (Elf_Scn *section = elf_nextscn(look->elf, NULL); section;
         section = elf_nextscn(look->elf, section)) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || header.sh_type != type || header.sh_entsize == 0)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        for (size_t i = 0; data && i < header.sh_size / header.sh_entsize; i++) {
            GElf_Sym symbol;
            if (!gelf_getsym(data, (int)i, &symbol) || !is_function(&symbol))
                continue;
            const char *there = elf_strptr(look->elf, header.sh_link, symbol.st_name);
            if (there && strcmp(there, name) == 0)
                return true;
        }
    }
    return false;
}

static bool is_go(const struct look *look)
{
    size_t names = 0;
    if (elf_getshdrstrndx(look->elf, &names) != 0)
        return false;
    for (Elf_Scn *section = elf_nextscn(look->elf, NULL); section;
         section = elf_nextscn(look->elf, section)) {
        GElf_Shdr header;
        const char *name =
            gelf_getshdr(section, &header) ? elf_strptr(look->elf, names, header.sh_name) : NULL;
        if (name && (strcmp(name, ".go.buildinfo") == 0 || strcmp(name, ".note.go.buildid") == 0))
            return true;
    }
    return false;
}

static void say(const struct look *look, const char *what, int length, const char *why)
{
    fprintf(look->out, "==%d==sessguard: cannot see %.*s in %s: %s\n", look->snapshot->layout->pid, length,
            what, look->path, why);
}

/* A family's function that an object has, but does not export, is its own copy.
 * The family is the kind's name up to the dot; one line says it all. */
static void look_for_copies(const struct look *look)
{
    const char *said = "";
    for (size_t i = 0; i < look->snapshot->kinds_count; i++) {
        const struct sg_kind_entry *kind = &look->snapshot->kinds[i];
        size_t length = strcspn(kind->name, ".");
        if ((kind->flags & SG_KIND_DESCRIPTOR) || strncmp(said, kind->name, length + 1) == 0 ||
            !defines(look, SHT_SYMTAB, kind->close_with) || defines(look, SHT_DYNSYM, kind->close_with))
            continue;
        say(look, kind->name, (int)length, "it is linked statically");
        said = kind->name;
    }
}

static void look_at(struct look *look)
{
    int file = open(look->path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    look->elf = elf_begin(file, ELF_C_READ_MMAP, NULL);
    if (look->elf && elf_kind(look->elf) == ELF_K_ELF) {
        if (is_go(look))
            say(look, "sockets of Go code", 18, "it calls the kernel without libc");
        look_for_copies(look);
    }
    elf_end(look->elf);
    close(file);
}

void sg_unseen_write(FILE *out, const struct sg_report *report)
{
    const struct sg_snapshot *snapshot = report->snapshot;
    struct sg_pool pool = {0};
    struct look look = {.out = out, .snapshot = snapshot};
    elf_version(EV_CURRENT);
    for (size_t i = 0; i < snapshot->modules_count; i++) {
        const struct sg_module *module = &snapshot->modules[i];
        if (module->flags & (SG_MODULE_FAMILY | SG_MODULE_UNLOADED | SG_MODULE_BLOCK))
            continue;
        look.path = sg_reader_raw(snapshot, &pool, module->path);
        if (look.path)
            look_at(&look);
    }
    if (snapshot->layout->flags & SG_FLAG_NAMESPACES)
        fprintf(out, "==%d==sessguard: cannot see libraries that were loaded with dlmopen()\n",
                snapshot->layout->pid);
    sg_pool_free(&pool);
}
