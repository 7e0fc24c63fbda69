/* Opens the file of a module and finds its debug information: in the file, or
 * in a file of its own that the build-id or .gnu_debuglink leads to. Never
 * asks the network (main.c takes DEBUGINFOD_URLS out of the environment).
 *
 * Layer:   6
 * Threads: one.
 * Memory:  libdwfl's own, until sg_modulefile_close().
 * Fails:   returns false where there is no such file, it is not an ELF file,
 *          or it is not the one that the process had loaded.
 */
#ifndef SG_REPORT_MODULEFILE_H
#define SG_REPORT_MODULEFILE_H

#include <elfutils/libdwfl.h>

#include "../layout.h"

struct sg_modulefile {
    Dwfl *session;
    Dwfl_Module *module;
};

/* `changed_ns`: a module without a build-id whose file was written after this
 * time (CLOCK_REALTIME) is taken for another one. */
bool sg_modulefile_open(struct sg_modulefile *file, const char *path, const struct sg_module *module,
                        uint64_t changed_ns);

void sg_modulefile_close(struct sg_modulefile *file);

#endif
