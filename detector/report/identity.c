#include "identity.h"

#include <string.h>

#include "frame.h"

/* 64-bit FNV-1a. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_FACTOR UINT64_C(0x100000001b3)

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * HASH_FACTOR;
    return hash;
}

/* Each text is hashed with its end, so that "ab" "c" and "a" "bc" differ. */
static uint64_t add_text(uint64_t hash, const char *text)
{
    return text ? add_bytes(hash, text, strlen(text) + 1) : add_bytes(hash, "", 1);
}

static uint64_t add_frame(uint64_t hash, const struct sg_frame *frame)
{
    if (frame->is_script) { /* its directory differs from machine to machine */
        const char *slash = strrchr(frame->file, '/');
        return add_text(add_text(hash, frame->function), slash ? slash + 1 : frame->file);
    }
    if (frame->function)
        return add_text(add_text(hash, frame->function), sg_frame_module_name(frame));
    /* Generated code is somewhere else in every run. */
    if (!frame->module)
        return add_text(hash, NULL);
    /* Little endian on every machine, so that ids can be compared. */
    unsigned char offset[8];
    for (size_t i = 0; i < sizeof(offset); i++)
        offset[i] = (unsigned char)(frame->offset >> (8 * i));
    if (frame->module->build_id_size > 0)
        hash = add_bytes(hash, frame->module->build_id, frame->module->build_id_size);
    else
        hash = add_text(hash, sg_frame_module_name(frame));
    return add_bytes(hash, offset, sizeof(offset));
}

/* True for what lies below main or a thread's first function: it differs
 * between versions of the C library. */
static bool is_below_start(const struct sg_frame *frame)
{
    static const char *const libraries[] = {"libc.so", "libpthread.so", "ld-linux", "libc-2", "libpthread-2"};
    const char *module = sg_frame_module_name(frame);
    if (frame->function && strcmp(frame->function, "_start") == 0)
        return true;
    for (size_t i = 0; module && i < SG_COUNT(libraries); i++)
        if (strncmp(module, libraries[i], strlen(libraries[i])) == 0)
            return true;
    return false;
}

static size_t end_of_stack(const struct sg_leak *leak)
{
    for (size_t i = leak->look_at; i < leak->frames_count; i++)
        if (leak->frames[i]->function && strcmp(leak->frames[i]->function, "main") == 0)
            return i + 1;
    size_t end = leak->frames_count;
    while (end > leak->look_at && is_below_start(leak->frames[end - 1]))
        end--;
    return end > leak->look_at ? end : leak->frames_count;
}

uint64_t sg_identity_hash(const struct sg_leak *leak)
{
    uint64_t hash = add_text(HASH_START, leak->kind->name);
    size_t end = end_of_stack(leak);
    for (size_t i = leak->look_at; i < end; i++)
        hash = add_frame(hash, leak->frames[i]);
    return hash;
}
