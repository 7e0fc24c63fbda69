/* A bounded text builder: what snprintf() would do, without locale, malloc or
 * surprises in a signal handler. Text beyond the end is cut, never written.
 *
 * Layer:   1
 * Threads: one builder belongs to one thread.
 * Memory:  the caller's buffer.
 * Fails:   never; `is_cut` says that something did not fit.
 */
#ifndef SG_OUT_H
#define SG_OUT_H

#include "base.h"

struct sg_out {
    char *buffer;
    size_t size; /* bytes of buffer, the terminating zero included; at least 1 */
    size_t length;
    bool is_cut;
};

static inline struct sg_out sg_out_into(char *buffer, size_t size)
{
    buffer[0] = '\0';
    return (struct sg_out){.buffer = buffer, .size = size};
}

void sg_out_bytes(struct sg_out *out, const void *bytes, size_t length);
void sg_out_text(struct sg_out *out, const char *text); /* NULL appends nothing */
void sg_out_number(struct sg_out *out, uint64_t number);
void sg_out_signed(struct sg_out *out, int64_t number);
void sg_out_hex(struct sg_out *out, uint64_t number); /* "0x..." */

/* Appends all the texts up to a NULL. */
void sg_out_texts(struct sg_out *out, ...) __attribute__((sentinel));

#endif
