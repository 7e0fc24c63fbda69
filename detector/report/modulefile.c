#include "modulefile.h"

#include <fcntl.h>
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

static bool is_same(Dwfl_Module *file, const struct sg_module *module, const struct stat *status,
                    uint64_t changed_ns)
{
    const unsigned char *bits;
    GElf_Addr address;
    if (module->build_id_size == 0) {
        uint64_t written_ns =
            (uint64_t)status->st_mtim.tv_sec * 1000000000U + (uint64_t)status->st_mtim.tv_nsec;
        return written_ns <= changed_ns;
    }
    int size = dwfl_module_build_id(file, &bits, &address);
    return size == module->build_id_size && memcmp(bits, module->build_id, (size_t)size) == 0;
}

bool sg_modulefile_open(struct sg_modulefile *file, const char *path, const struct sg_module *module,
                        uint64_t changed_ns)
{
    struct stat status;
    int descriptor = open_regular(path, &status);
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
    file->module = dwfl_report_elf(file->session, path, path, descriptor, 0, true);
    if (!file->module)
        close(descriptor);
    dwfl_report_end(file->session, NULL, NULL);
    if (!file->module || !is_same(file->module, module, &status, changed_ns)) {
        sg_modulefile_close(file);
        return false;
    }
    return true;
}

void sg_modulefile_close(struct sg_modulefile *file)
{
    dwfl_end(file->session);
    file->session = NULL;
    file->module = NULL;
}
