#include "modulefile.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The module is only in this process's books, not in its memory: the callback
 * that looks for main files is never needed. */
static const Dwfl_Callbacks callbacks = {
    .find_debuginfo = dwfl_standard_find_debuginfo,
};

/* A path in a snapshot may lead anywhere: only a regular file is read, and
 * opening it must not wait for a pipe's other end. */
static int open_regular(const char *path, struct stat *status)
{
    /* The kernel's own objects have a name and no file. */
    if (!strchr(path, '/'))
        return -1;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return -1;
    if (fstat(descriptor, status) != 0 || !S_ISREG(status->st_mode)) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

/* Where nobody could look at the file in time, one that was written later is another. */
static bool is_same_file(const struct sg_module *module, const struct stat *status, uint64_t started_ns)
{
    const struct sg_file *file = &module->file;
    uint64_t written_ns = (uint64_t)status->st_mtim.tv_sec * 1000000000U + (uint64_t)status->st_mtim.tv_nsec;
    if (module->flags & SG_MODULE_REPLACED)
        return false;
    if (file->inode == 0)
        return written_ns <= started_ns;
    return status->st_dev == file->device && status->st_ino == file->inode &&
           (uint64_t)status->st_size == file->size && written_ns == file->written_ns;
}

static bool is_same(Dwfl_Module *file, const struct sg_module *module, const struct stat *status,
                    uint64_t started_ns)
{
    const unsigned char *bits;
    GElf_Addr address;
    if (module->build_id_size == 0)
        return is_same_file(module, status, started_ns);
    int size = dwfl_module_build_id(file, &bits, &address);
    return size == module->build_id_size && memcmp(bits, module->build_id, (size_t)size) == 0;
}

/* Debug information is looked for beside `name`. */
static bool open_from(struct sg_modulefile *file, const char *from, const char *name,
                      const struct sg_module *module, uint64_t started_ns)
{
    struct stat status;
    int descriptor = open_regular(from, &status);
    if (descriptor < 0)
        return false;
    file->session = dwfl_begin(&callbacks);
    if (!file->session) {
        close(descriptor);
        return false;
    }
    dwfl_report_begin(file->session);
    /* At base 0, so that addresses are those of the file. On success the
     * descriptor belongs to libdwfl. */
    file->module = dwfl_report_elf(file->session, name, name, descriptor, 0, true);
    if (!file->module)
        close(descriptor);
    dwfl_report_end(file->session, NULL, NULL);
    if (!file->module || !is_same(file->module, module, &status, started_ns)) {
        sg_modulefile_close(file);
        return false;
    }
    return true;
}

/* A name of what is mapped from `start` on, which few may open. */
static bool find_mapping(char *path, size_t size, int pid, uint64_t start)
{
    char line[4096 + 256];
    uint64_t from;
    uint64_t to;
    bool is_found = false;
    snprintf(path, size, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "re");
    while (maps && !is_found && fgets(line, sizeof(line), maps))
        is_found = sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) == 2 && from == start;
    if (maps)
        fclose(maps);
    if (is_found)
        snprintf(path, size, "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, pid, from, to);
    return is_found;
}

bool sg_modulefile_open(struct sg_modulefile *file, const char *path, const struct sg_module *module,
                        const struct sg_layout *process)
{
    char other[80];
    if (open_from(file, path, path, module, process->started_ns))
        return true;
    snprintf(other, sizeof(other), "/proc/%d/exe", process->pid);
    if ((module->flags & SG_MODULE_MAIN) && open_from(file, other, path, module, process->started_ns))
        return true;
    return find_mapping(other, sizeof(other), process->pid, module->start) &&
           open_from(file, other, path, module, process->started_ns);
}

void sg_modulefile_close(struct sg_modulefile *file)
{
    dwfl_end(file->session);
    file->session = NULL;
    file->module = NULL;
}
