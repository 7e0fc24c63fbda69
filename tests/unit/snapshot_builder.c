#include "snapshot_builder.h"

#include <arpa/inet.h>
#include <elf.h>
#include <link.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *add(struct sg_builder *builder, enum sg_section_id id, size_t size)
{
    struct sg_builder_section *section = &builder->sections[id];
    section->bytes = realloc(section->bytes, section->size + size);
    if (!section->bytes)
        abort();
    void *added = section->bytes + section->size;
    memset(added, 0, size);
    section->size += size;
    return added;
}

void sg_builder_init(struct sg_builder *builder)
{
    memset(builder, 0, sizeof(*builder));
    struct sg_layout *layout = &builder->layout;
    layout->magic = SG_LAYOUT_MAGIC;
    layout->version = SG_LAYOUT_VERSION;
    layout->header_size = sizeof(*layout);
    layout->pid = 4711;
    layout->ppid = 4700;
    layout->started_ns = UINT64_C(1795343461001000000);
    layout->ended_tick = 42299;
    layout->ended_ns = layout->started_ns + (uint64_t)layout->ended_tick * 1000000U;
    layout->flags = SG_FLAG_STDERR_USABLE;
    /* Offset 0 of the two heaps stands for none. */
    add(builder, SG_SECTION_STRINGS, 8);
    /* A life of place 1 at tick 0 would be that of a record being made. */
    add(builder, SG_SECTION_PLACES, 16);
    add(builder, SG_SECTION_MODULES, sizeof(struct sg_module));
    layout->exe = sg_builder_text(builder, "/src/app");
    layout->argv0 = sg_builder_text(builder, "./app");
    layout->options = sg_builder_text(builder, "mode=warn");
}

uint32_t sg_builder_string(struct sg_builder *builder, uint8_t type, const void *bytes, size_t length)
{
    uint32_t reference = (uint32_t)builder->sections[SG_SECTION_STRINGS].size;
    struct sg_string *string = add(builder, SG_SECTION_STRINGS, sg_string_size((unsigned)length));
    string->type = type;
    string->length = (uint16_t)length;
    memcpy(string->bytes, bytes, length);
    return reference;
}

uint32_t sg_builder_text(struct sg_builder *builder, const char *text)
{
    return sg_builder_string(builder, SG_STRING_TEXT, text, strlen(text));
}

uint32_t sg_builder_loopback(struct sg_builder *builder, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return sg_builder_string(builder, SG_STRING_SOCKADDR, &address, sizeof(address));
}

uint8_t sg_builder_kind(struct sg_builder *builder, const char *name, const char *title,
                        const char *close_with, uint32_t flags)
{
    size_t number = builder->sections[SG_SECTION_KINDS].size / sizeof(struct sg_kind_entry);
    struct sg_kind_entry *kind = add(builder, SG_SECTION_KINDS, sizeof(*kind));
    snprintf(kind->name, sizeof(kind->name), "%s", name);
    snprintf(kind->title, sizeof(kind->title), "%s", title);
    snprintf(kind->close_with, sizeof(kind->close_with), "%s", close_with);
    kind->flags = flags;
    return (uint8_t)number;
}

uint16_t sg_builder_module(struct sg_builder *builder, const char *path, uint64_t base, uint32_t flags)
{
    uint32_t text = sg_builder_text(builder, path);
    size_t number = builder->sections[SG_SECTION_MODULES].size / sizeof(struct sg_module);
    struct sg_module *module = add(builder, SG_SECTION_MODULES, sizeof(*module));
    module->base = base;
    module->path = text;
    module->flags = flags;
    return (uint16_t)number;
}

struct sg_module *sg_builder_last_module(struct sg_builder *builder)
{
    struct sg_builder_section *section = &builder->sections[SG_SECTION_MODULES];
    return (struct sg_module *)(void *)(section->bytes + section->size - sizeof(struct sg_module));
}

struct sg_place *sg_builder_at_place(struct sg_builder *builder, uint32_t place)
{
    return (struct sg_place *)(void *)(builder->sections[SG_SECTION_PLACES].bytes + (size_t)place * 8);
}

uint32_t sg_builder_place(struct sg_builder *builder, uint8_t kind, unsigned frames, const uint16_t *modules,
                          const uint32_t *offsets)
{
    uint32_t number = (uint32_t)(builder->sections[SG_SECTION_PLACES].size / 8);
    struct sg_place *place = add(builder, SG_SECTION_PLACES, sg_place_size(frames));
    place->frames = (uint16_t)frames;
    place->kind = kind;
    if (frames > 0) {
        memcpy((void *)(uintptr_t)sg_place_offsets(place), offsets, frames * sizeof(*offsets));
        memcpy((void *)(uintptr_t)sg_place_modules(place), modules, frames * sizeof(*modules));
    }
    return number;
}

static void open_record(struct sg_builder *builder, struct sg_record *record, uint32_t place, uint32_t tick)
{
    struct sg_place *at = sg_builder_at_place(builder, place);
    record->life = (uint64_t)tick << 32 | place;
    record->thread = 4711;
    record->kind = at->kind;
    record->used = tick + 1;
    at->opened++;
    at->peak++;
    builder->layout.opened++;
}

struct sg_handle *sg_builder_handle(struct sg_builder *builder, uint32_t place, uint32_t tick)
{
    struct sg_handle *handle = add(builder, SG_SECTION_HANDLES, sizeof(*handle));
    open_record(builder, &handle->record, place, tick);
    handle->record.serial = ++builder->serial;
    handle->key = 0x1000 + 16 * (uint64_t)builder->serial;
    return handle;
}

struct sg_record *sg_builder_socket(struct sg_builder *builder, uint32_t place, uint32_t tick)
{
    struct sg_record *record = add(builder, SG_SECTION_DESCRIPTORS, sizeof(*record));
    open_record(builder, record, place, tick);
    record->socket.domain = AF_INET;
    record->socket.type = SOCK_STREAM;
    return record;
}

static void set_build_id(struct sg_module *module, const struct dl_phdr_info *info)
{
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_NOTE)
            continue;
        const unsigned char *at = (const unsigned char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
        const unsigned char *end = at + info->dlpi_phdr[i].p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            const ElfW(Nhdr) *note = (const void *)at;
            const unsigned char *name = at + sizeof(*note);
            const unsigned char *bytes = name + ((note->n_namesz + 3U) & ~3U);
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(name, "GNU", 4) == 0 &&
                note->n_descsz <= SG_BUILD_ID_MAX) {
                memcpy(module->build_id, bytes, note->n_descsz);
                module->build_id_size = (uint8_t)note->n_descsz;
            }
            at = bytes + ((note->n_descsz + 3U) & ~3U);
        }
    }
}

static int add_module(struct dl_phdr_info *info, size_t size, void *context)
{
    struct sg_builder *builder = context;
    char path[4096] = "";
    bool is_main = info->dlpi_name[0] == '\0';
    (void)size;
    if (is_main && readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
        return 0;
    sg_builder_module(builder, is_main ? path : info->dlpi_name, info->dlpi_addr,
                      is_main ? SG_MODULE_MAIN : 0);
    struct sg_module *module = sg_builder_last_module(builder);
    module->start = UINT64_MAX;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        uint64_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        if (start < module->start)
            module->start = start;
        if (start + info->dlpi_phdr[i].p_memsz > module->end)
            module->end = start + info->dlpi_phdr[i].p_memsz;
    }
    set_build_id(module, info);
    return 0;
}

void sg_builder_add_process(struct sg_builder *builder) { dl_iterate_phdr(add_module, builder); }

uint16_t sg_builder_find(const struct sg_builder *builder, uint64_t address, uint32_t *offset)
{
    const struct sg_builder_section *section = &builder->sections[SG_SECTION_MODULES];
    const struct sg_module *modules = (const struct sg_module *)(const void *)section->bytes;
    for (size_t i = 1; i < section->size / sizeof(*modules); i++)
        if (address >= modules[i].start && address < modules[i].end) {
            *offset = (uint32_t)(address - modules[i].base);
            return (uint16_t)i;
        }
    *offset = (uint32_t)address;
    return 0;
}

unsigned char *sg_builder_finish(struct sg_builder *builder, size_t *size)
{
    static const size_t entry_sizes[SG_SECTIONS] = {8,
                                                    sizeof(struct sg_kind_entry),
                                                    sizeof(struct sg_module),
                                                    8,
                                                    sizeof(struct sg_record),
                                                    sizeof(struct sg_handle),
                                                    sizeof(uint32_t),
                                                    8};
    size_t total = sizeof(builder->layout);
    for (int i = 0; i < SG_SECTIONS; i++) {
        struct sg_section *section = &builder->layout.sections[i];
        *section =
            (struct sg_section){total, builder->sections[i].size, builder->sections[i].size, entry_sizes[i]};
        total += (section->size + 7) & ~(size_t)7;
    }
    builder->layout.total_size = total;
    unsigned char *bytes = calloc(1, total);
    if (!bytes)
        abort();
    memcpy(bytes, &builder->layout, sizeof(builder->layout));
    for (int i = 0; i < SG_SECTIONS; i++)
        if (builder->sections[i].size > 0)
            memcpy(bytes + builder->layout.sections[i].offset, builder->sections[i].bytes,
                   builder->sections[i].size);
    *size = total;
    return bytes;
}

int sg_builder_descriptor(const void *bytes, size_t size)
{
    int descriptor = memfd_create("snapshot", MFD_CLOEXEC);
    if (descriptor < 0 || write(descriptor, bytes, size) != (ssize_t)size ||
        lseek(descriptor, 0, SEEK_SET) != 0)
        abort();
    return descriptor;
}

void sg_builder_free(struct sg_builder *builder)
{
    for (int i = 0; i < SG_SECTIONS; i++)
        free(builder->sections[i].bytes);
}
