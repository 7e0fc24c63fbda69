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

/* The file of a module that was loaded from `path`, in the snapshot of a process that
 * may still be there: then it is found even if the path leads to another file by now.
 * The build-id says which one it is; without one it is the file as it was when the
 * module was first seen. */
bool sg_modulefile_open(struct sg_modulefile *file, const char *path, const struct sg_module *module,
                        const struct sg_layout *process);

void sg_modulefile_close(struct sg_modulefile *file);

#endif
