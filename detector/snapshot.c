#include "snapshot.h"
#include "arena.h"
#include "detector.h"
#include "handles.h"
#include "modules.h"
#include "strings.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* Static: the thread that ends the process may have a small stack. */
static char text[PATH_MAX];

#define WAIT_MS 1000 /* a memory file never makes anyone wait; a pipe might */

/* The first argument, as the kernel keeps it: a program may have changed its
 * own copy. */
static uint32_t first_argument(void)
{
    if (sg_modules_is_run_by_loader())
        return sg_strings_text(program_invocation_name);
    long fd = sg_sys3(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    long length = sg_sys3(SYS_read, fd, text, sizeof text - 1);
    sg_sys1(SYS_close, fd);
    text[length > 0 ? length : 0] = '\0';
    return sg_strings_text(text);
}

static uint32_t executable(void)
{
    size_t length = sg_modules_executable(text, sizeof text);
    return length > 0 ? sg_strings_intern(SG_STRING_TEXT, text, length) : 0;
}

void sg_snapshot_prepare(uint32_t flags, const char *directory, const char *suppressions)
{
    static char options[SG_OPTION_TEXT_MAX * 8]; /* six texts and all else */
    sg_options_print(sg_detector_options, options, sizeof options);
    sg_arena->options = sg_strings_text(options);
    sg_arena->suppressions = sg_strings_text(suppressions);
    sg_arena->cwd = sg_strings_text(directory);
    sg_arena->exe = executable();
    sg_arena->argv0 = first_argument();
    sg_arena->ended_ns = sg_sys_real_ns();
    sg_arena->ended_tick = sg_arena_tick();
    __atomic_fetch_or(&sg_arena->flags, flags, __ATOMIC_RELAXED);
}

static uint64_t open_handles(void)
{
    uint64_t count = 0;
    const struct sg_handle *slot;
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        count += sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE));
    return count;
}

/* Writes exactly `count` handles, as the header has promised: those that are
 * open, and empty ones in place of those that were closed meanwhile. */
static int write_handles(int fd, uint64_t count)
{
    static const struct sg_handle empty;
    struct sg_handle batch[32];
    unsigned n_batch = 0;
    uint64_t next = 0;
    while (count > 0) {
        const struct sg_handle *slot = sg_handles_slot(next++);
        if (slot && !sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE)))
            continue;
        batch[n_batch++] = slot ? *slot : empty;
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

int sg_snapshot_write(int fd)
{
    struct sg_layout header = *sg_arena;
    uint64_t n_handles = open_handles();
    if (n_handles > 0)
        n_handles += SG_HANDLES_SLACK;
    uint64_t offset = sizeof header;
    header.sections[SG_SECTION_HANDLES].size = n_handles * sizeof(struct sg_handle);
    for (unsigned id = 0; id < SG_SECTIONS; id++) {
        header.sections[id].offset = offset;
        header.sections[id].capacity = header.sections[id].size;
        offset += header.sections[id].size;
    }
    header.total_size = offset;
    int error = sg_sys_write_all(fd, &header, sizeof header, WAIT_MS);
    for (unsigned id = 0; id < SG_SECTIONS && !error; id++)
        error = id == SG_SECTION_HANDLES
                    ? write_handles(fd, n_handles)
                    : sg_sys_write_all(fd, sg_arena_at(id, 0), header.sections[id].size, WAIT_MS);
    return error;
}
