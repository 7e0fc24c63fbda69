/* One line of a stack as people read it. An address with inlined functions
 * has several, the innermost first.
 *
 * Layer:   5
 * Threads: read only once made.
 * Memory:  texts belong to the pool of the report.
 * Fails:   what is not known is NULL or 0.
 */
#ifndef SG_REPORT_FRAME_H
#define SG_REPORT_FRAME_H

#include "../layout.h"

struct sg_frame {
    uint64_t pc;
    uint64_t offset;                /* the address in the ELF file */
    const struct sg_module *module; /* NULL where it is not known */
    const char *module_path;
    const char *function; /* demangled, without the compiler's clone suffix */
    const char *file;     /* as the compiler recorded it, made absolute */
    const char *language; /* "c", "c++", "rust", ... */
    unsigned line;
    unsigned column;
    uint32_t number; /* each distinct frame of a report has its own, from 0 on */
    bool is_inlined;
    bool is_script; /* of an interpreted language: it has no address */
};

/* The last part of the module's path, or NULL. */
static inline const char *sg_frame_module_name(const struct sg_frame *frame)
{
    const char *path = frame->module_path;
    const char *slash = path ? __builtin_strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path;
}

#define SG_FRAME_BUILD_ID_MAX (2 * SG_BUILD_ID_MAX + 1)

/* The module's build-id in hexadecimal digits, or NULL. */
static inline const char *sg_frame_build_id(const struct sg_frame *frame, char buffer[SG_FRAME_BUILD_ID_MAX])
{
    static const char digits[] = "0123456789abcdef";
    if (!frame->module || frame->module->build_id_size == 0)
        return NULL;
    size_t length = 0;
    for (size_t i = 0; i < frame->module->build_id_size; i++) {
        buffer[length++] = digits[frame->module->build_id[i] >> 4];
        buffer[length++] = digits[frame->module->build_id[i] & 15];
    }
    buffer[length] = '\0';
    return buffer;
}

#endif
