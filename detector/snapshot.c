#include "snapshot.h"
#include "arena.h"
#include "detector.h"
#include "handles.h"
#include "modules.h"
#include "places.h"
#include "python.h"
#include "strings.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* Static: the thread that ends the process may have a small stack. */
static char text[PATH_MAX];

static uint32_t keep(const char *string)
{
    return string && *string ? sg_strings_last(SG_STRING_TEXT, string, strlen(string)) : 0;
}

#define WAIT_MS 1000 /* a memory file never makes anyone wait; a pipe might */

/* The first argument, as the kernel keeps it: a program may have changed its
 * own copy. */
static uint32_t first_argument(void)
{
    if (sg_modules_is_run_by_loader())
        return keep(program_invocation_name);
    long fd = sg_sys3(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    long length = sg_sys3(SYS_read, fd, text, sizeof text - 1);
    sg_sys1(SYS_close, fd);
    text[length > 0 ? length : 0] = '\0';
    return keep(text);
}

static uint32_t executable(void)
{
    text[sg_modules_executable(text, sizeof text - 1)] = '\0';
    return keep(text);
}

void sg_snapshot_prepare(uint32_t flags, const char *directory, const char *suppressions)
{
    static char options[SG_OPTION_TEXT_MAX * 8]; /* six texts and all else */
    sg_options_print(sg_detector_options, options, sizeof options);
    sg_arena->options = keep(options);
    sg_arena->suppressions = keep(suppressions);
    sg_arena->cwd = keep(directory);
    sg_arena->exe = executable();
    sg_arena->opened = sg_detector_opened();
    sg_arena->ended_ns = sg_sys_real_ns();
    sg_arena->ended_tick = sg_arena_tick();
    __atomic_fetch_or(&sg_arena->flags, flags | sg_python_flags(), __ATOMIC_RELAXED);
}

static uint64_t open_handles(void)
{
    uint64_t count = 0;
    const struct sg_handle *slot;
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        count += sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE));
    return count;
}

/* What refers comes before what it refers to: other threads may still open, and
 * a place that is in the snapshot must have its modules there. */
static void read_sizes(struct sg_layout *header)
{
    for (int id = SG_SECTIONS - 1; id >= 0; id--)
        header->sections[id].size = __atomic_load_n(&sg_arena->sections[id].size, __ATOMIC_ACQUIRE);
    header->sections[SG_SECTION_INDEX].size = 0;
    header->sections[SG_SECTION_MEMO].size = 0;
}

/* Records are read later, and may refer to what came meanwhile. */
static void limit_record(struct sg_record *record, const struct sg_layout *header)
{
    if ((uint64_t)sg_life_place(record->life) * 8 >= header->sections[SG_SECTION_PLACES].size)
        record->life = 0;
    if (record->peer >= header->sections[SG_SECTION_STRINGS].size)
        record->peer = 0;
}

/* Writes exactly as many handles as the header has promised: those that are
 * open, and empty ones in place of those that were closed meanwhile. */
static int write_handles(int fd, const struct sg_layout *header)
{
    static const struct sg_handle empty;
    struct sg_handle batch[32];
    unsigned n_batch = 0;
    uint64_t count = header->sections[SG_SECTION_HANDLES].size / sizeof batch[0];
    uint64_t next = 0;
    while (count > 0) {
        const struct sg_handle *slot = sg_handles_slot(next++);
        if (slot && !sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE)))
            continue;
        batch[n_batch] = slot ? *slot : empty;
        /* Closed, and the slot used again, while it was copied? */
        if (slot && __atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE) != batch[n_batch].record.life)
            batch[n_batch].record.life = 0;
        limit_record(&batch[n_batch++].record, header);
        count--;
        if (n_batch < SG_COUNT(batch) && count > 0)
            continue;
        int error = sg_sys_write_all(fd, batch, n_batch * sizeof batch[0], WAIT_MS);
        if (error)
            return error;
        n_batch = 0;
    }
    return 0;
}

static void limit_descriptor(void *entry, const struct sg_layout *header) { limit_record(entry, header); }

static void limit_module(void *entry, const struct sg_layout *header)
{
    struct sg_module *module = entry;
    if (module->path >= header->sections[SG_SECTION_STRINGS].size)
        module->path = 0;
}

static int write_entries(int fd, enum sg_section_id id, const struct sg_layout *header,
                         void (*limit)(void *entry, const struct sg_layout *header))
{
    _Alignas(uint64_t) char batch[2048];
    size_t entry = header->sections[id].entry_size;
    size_t most = sizeof batch / entry * entry;
    uint64_t left = header->sections[id].size;
    int error = 0;
    for (uint64_t at = 0; left > 0 && !error; at += most) {
        size_t size = left < most ? (size_t)left : most;
        memcpy(batch, sg_arena_at(id, at), size);
        for (size_t i = 0; i < size; i += entry)
            limit(batch + i, header);
        error = sg_sys_write_all(fd, batch, size, WAIT_MS);
        left -= size;
    }
    return error;
}

static int write_section(int fd, enum sg_section_id id, const struct sg_layout *header)
{
    if (id == SG_SECTION_HANDLES)
        return write_handles(fd, header);
    if (id == SG_SECTION_DESCRIPTORS)
        return write_entries(fd, id, header, limit_descriptor);
    if (id == SG_SECTION_MODULES)
        return write_entries(fd, id, header, limit_module);
    return sg_sys_write_all(fd, sg_arena_at(id, 0), header->sections[id].size, WAIT_MS);
}

int sg_snapshot_write(int fd)
{
    sg_arena->argv0 = first_argument(); /* now: it takes a descriptor, of whoever writes the snapshot */
    sg_modules_check_files(text, sizeof text);
    struct sg_layout header = *sg_arena;
    sg_places_freeze();
    uint64_t n_handles = open_handles();
    if (n_handles > 0)
        n_handles += SG_HANDLES_SLACK;
    uint64_t offset = sizeof header;
    read_sizes(&header);
    header.sections[SG_SECTION_HANDLES].size = n_handles * sizeof(struct sg_handle);
    /* Here too what refers comes first: what another thread has only begun to
     * write when its record is copied is complete when its own turn comes. */
    for (int id = SG_SECTIONS - 1; id >= 0; id--) {
        header.sections[id].offset = offset;
        header.sections[id].capacity = header.sections[id].size;
        offset += header.sections[id].size;
    }
    header.total_size = offset;
    int error = sg_sys_write_all(fd, &header, sizeof header, WAIT_MS);
    for (int id = SG_SECTIONS - 1; id >= 0 && !error; id--)
        error = write_section(fd, (enum sg_section_id)id, &header);
    sg_places_thaw();
    return error;
}
