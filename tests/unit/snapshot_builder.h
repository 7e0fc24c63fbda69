/* Builds snapshots for tests, field by field.
 *
 * Layer:   5
 * Threads: one.
 * Memory:  malloc; sg_builder_free() gives it back.
 * Fails:   abort() when out of memory.
 */
#ifndef SG_SNAPSHOT_BUILDER_H
#define SG_SNAPSHOT_BUILDER_H

#include "../../detector/layout.h"

struct sg_builder_section {
    unsigned char *bytes;
    size_t size;
};

struct sg_builder {
    struct sg_layout layout; /* the test may set any field but sections and total_size */
    struct sg_builder_section sections[SG_SECTIONS];
    uint32_t serial; /* of the newest handle */
};

/* A process with pid 4711 that ran for 42.299 s from 2026-11-22T10:31:01.001Z
 * on, in mode warn, without anything open. */
void sg_builder_init(struct sg_builder *builder);

uint32_t sg_builder_text(struct sg_builder *builder, const char *text);
uint32_t sg_builder_string(struct sg_builder *builder, uint8_t type, const void *bytes, size_t length);

/* 127.0.0.1:port as the kernel has it. */
uint32_t sg_builder_loopback(struct sg_builder *builder, uint16_t port);

/* Each returns the number of what it adds. */
uint8_t sg_builder_kind(struct sg_builder *builder, const char *name, const char *title,
                        const char *close_with, uint32_t flags);
uint16_t sg_builder_module(struct sg_builder *builder, const char *path, uint64_t base, uint32_t flags);
uint32_t sg_builder_place(struct sg_builder *builder, uint8_t kind, unsigned frames, const uint16_t *modules,
                          const uint32_t *offsets);

/* What was added last may be changed through these until the next addition. */
struct sg_module *sg_builder_last_module(struct sg_builder *builder);
struct sg_place *sg_builder_at_place(struct sg_builder *builder, uint32_t place);

/* An open record with a serial of its own, from thread 4711, of the place's
 * kind, used once; counts at the place go up. The result holds until the next
 * addition. */
struct sg_handle *sg_builder_handle(struct sg_builder *builder, uint32_t place, uint32_t tick);
struct sg_record *sg_builder_socket(struct sg_builder *builder, uint32_t place, uint32_t tick);

/* Adds the modules of this process, so that places can have its stacks.
 * Returns the module of an address and sets its offset; 0 for none. */
void sg_builder_add_process(struct sg_builder *builder);
uint16_t sg_builder_find(const struct sg_builder *builder, uint64_t address, uint32_t *offset);

/* The snapshot; the caller frees it. */
unsigned char *sg_builder_finish(struct sg_builder *builder, size_t *size);

/* A memfd that holds `size` bytes, at its start. */
int sg_builder_descriptor(const void *bytes, size_t size);

void sg_builder_free(struct sg_builder *builder);

#endif
