#include "reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "utf8.h"

static bool refuse(struct sg_snapshot *snapshot, const char *format, ...) SG_PRINTF(2, 3);

static bool refuse(struct sg_snapshot *snapshot, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(snapshot->message, sizeof(snapshot->message), format, arguments);
    va_end(arguments);
    return false;
}

/* What can be said of a file by its first bytes, of which `size` are there. */
static bool check_start(struct sg_snapshot *snapshot, const struct sg_layout *layout, size_t size)
{
    if (size == 0)
        return refuse(snapshot, "is empty");
    if (size < sizeof(layout->magic) || layout->magic != SG_LAYOUT_MAGIC) {
        if (size >= sizeof(layout->magic) && layout->magic == __builtin_bswap64(SG_LAYOUT_MAGIC))
            return refuse(snapshot, "was written on a machine with the other byte order; "
                                    "read it on a machine of that kind");
        return refuse(snapshot, "is not a sessguard snapshot");
    }
    if (size < offsetof(struct sg_layout, total_size))
        return refuse(snapshot, "is truncated at byte %zu, within its header of %zu", size, sizeof(*layout));
    if (layout->version != SG_LAYOUT_VERSION)
        return refuse(snapshot,
                      "has snapshot version %" PRIu32 ", and this command (%s) reads version %u; "
                      "use the sessguard command that came with the library",
                      layout->version, SG_VERSION, SG_LAYOUT_VERSION);
    if (size < sizeof(*layout))
        return refuse(snapshot, "is truncated at byte %zu, within its header of %zu", size, sizeof(*layout));
    if (layout->header_size != sizeof(*layout))
        return refuse(snapshot, "is damaged: its header says it has %" PRIu32 " bytes, not %zu",
                      layout->header_size, sizeof(*layout));
    if (layout->total_size < sizeof(*layout))
        return refuse(snapshot, "is damaged: it says it has %" PRIu64 " bytes in all", layout->total_size);
    return true;
}

static bool check_length(struct sg_snapshot *snapshot, uint64_t size, uint64_t total)
{
    if (size < total)
        return refuse(snapshot, "is truncated at byte %" PRIu64 " of %" PRIu64, size, total);
    return true;
}

/* Reads up to `size` bytes; the buffer grows with what really arrives, so that
 * a false size in a header does not take memory. */
static bool read_all(struct sg_snapshot *snapshot, int descriptor, uint64_t size, unsigned char **bytes,
                     size_t *filled, size_t *capacity)
{
    while (*filled < size) {
        if (*filled == *capacity) {
            size_t larger = *capacity < 4096 ? 4096 : *capacity * 2;
            unsigned char *grown = realloc(*bytes, larger);
            if (!grown)
                return refuse(snapshot, "does not fit in memory (%" PRIu64 " bytes)", size);
            *bytes = grown;
            *capacity = larger;
        }
        size_t want = *capacity - *filled;
        if (want > size - *filled)
            want = (size_t)(size - *filled);
        ssize_t got = read(descriptor, *bytes + *filled, want);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refuse(snapshot, "cannot be read: %s", strerror(errno));
        if (got == 0)
            break;
        *filled += (size_t)got;
    }
    return true;
}

static bool load_copy(struct sg_snapshot *snapshot, int descriptor)
{
    unsigned char *bytes = NULL;
    size_t filled = 0;
    size_t capacity = 0;
    const struct sg_layout *layout;
    /* Who wrote the file may have left the position at its end; a pipe has
     * none, and that is no error. */
    (void)lseek(descriptor, 0, SEEK_SET);
    if (!read_all(snapshot, descriptor, sizeof(*layout), &bytes, &filled, &capacity))
        goto failed;
    layout = (const struct sg_layout *)(const void *)bytes;
    if (!layout || !check_start(snapshot, layout, filled))
        goto failed;
    uint64_t total = layout->total_size; /* NOLINT(clang-analyzer-core.NullDereference): read_all() set it */
    if (!read_all(snapshot, descriptor, total, &bytes, &filled, &capacity) ||
        !check_length(snapshot, filled, total))
        goto failed;
    snapshot->layout = (const struct sg_layout *)(const void *)bytes;
    snapshot->size = (size_t)total;
    snapshot->is_mapped = false;
    return true;
failed:
    free(bytes);
    return false;
}

/* Returns false without a message where the file cannot be mapped. */
static bool load_mapped(struct sg_snapshot *snapshot, int descriptor)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0)
        return false;
    size_t size = (size_t)status.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED)
        return false;
    const struct sg_layout *layout = bytes;
    if (!check_start(snapshot, layout, size) || !check_length(snapshot, size, layout->total_size)) {
        munmap(bytes, size);
        return false;
    }
    snapshot->layout = layout;
    snapshot->size = size;
    snapshot->is_mapped = true;
    return true;
}

static const void *section_start(const struct sg_snapshot *snapshot, enum sg_section_id id)
{
    return (const unsigned char *)snapshot->layout + snapshot->layout->sections[id].offset;
}

static size_t section_count(const struct sg_snapshot *snapshot, enum sg_section_id id)
{
    const struct sg_section *section = &snapshot->layout->sections[id];
    return (size_t)(section->size / section->entry_size);
}

bool sg_reader_open(struct sg_snapshot *snapshot, int descriptor, bool may_map)
{
    memset(snapshot, 0, sizeof(*snapshot));
    if (!(may_map && load_mapped(snapshot, descriptor))) {
        if (snapshot->message[0] != '\0' || !load_copy(snapshot, descriptor))
            return false;
    }
    if (!sg_check_sections(snapshot->layout, snapshot->message, sizeof(snapshot->message))) {
        sg_reader_close(snapshot);
        return false;
    }
    snapshot->kinds = section_start(snapshot, SG_SECTION_KINDS);
    snapshot->kinds_count = section_count(snapshot, SG_SECTION_KINDS);
    snapshot->modules = section_start(snapshot, SG_SECTION_MODULES);
    snapshot->modules_count = section_count(snapshot, SG_SECTION_MODULES);
    snapshot->descriptors = section_start(snapshot, SG_SECTION_DESCRIPTORS);
    snapshot->descriptors_count = section_count(snapshot, SG_SECTION_DESCRIPTORS);
    snapshot->handles = section_start(snapshot, SG_SECTION_HANDLES);
    snapshot->handles_count = section_count(snapshot, SG_SECTION_HANDLES);
    return true;
}

void sg_reader_close(struct sg_snapshot *snapshot)
{
    void *bytes = (void *)(uintptr_t)snapshot->layout;
    if (snapshot->is_mapped)
        munmap(bytes, snapshot->size);
    else
        free(bytes);
    snapshot->layout = NULL;
    snapshot->is_mapped = false;
}

const struct sg_string *sg_reader_string(const struct sg_snapshot *snapshot, uint32_t reference)
{
    if (reference == 0)
        return NULL;
    const unsigned char *strings = section_start(snapshot, SG_SECTION_STRINGS);
    return (const struct sg_string *)(const void *)(strings + reference);
}

const char *sg_reader_text(const struct sg_snapshot *snapshot, struct sg_pool *pool, uint32_t reference)
{
    const struct sg_string *string = sg_reader_string(snapshot, reference);
    return string ? sg_utf8_clean(pool, string->bytes, string->length) : NULL;
}

const char *sg_reader_raw(const struct sg_snapshot *snapshot, struct sg_pool *pool, uint32_t reference)
{
    const struct sg_string *string = sg_reader_string(snapshot, reference);
    return string ? sg_pool_copy(pool, (const char *)string->bytes, string->length) : NULL;
}

const struct sg_place *sg_reader_place(const struct sg_snapshot *snapshot, uint32_t number)
{
    const unsigned char *places = section_start(snapshot, SG_SECTION_PLACES);
    return (const struct sg_place *)(const void *)(places + (size_t)number * 8);
}

uint64_t sg_reader_time_ns(const struct sg_snapshot *snapshot, uint32_t tick)
{
    return snapshot->layout->started_ns + (uint64_t)tick * 1000000U;
}
