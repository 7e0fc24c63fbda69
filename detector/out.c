#include "out.h"

#include <stdarg.h>
#include <string.h>

void sg_out_bytes(struct sg_out *out, const void *bytes, size_t length)
{
    size_t room = out->size - 1 - out->length;
    if (length > room) {
        length = room;
        out->is_cut = true;
    }
    memcpy(out->buffer + out->length, bytes, length);
    out->length += length;
    out->buffer[out->length] = '\0';
}

void sg_out_text(struct sg_out *out, const char *text)
{
    if (text)
        sg_out_bytes(out, text, strlen(text));
}

static void digits(struct sg_out *out, uint64_t number, unsigned base)
{
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    sg_out_bytes(out, text + at, sizeof text - at);
}

void sg_out_number(struct sg_out *out, uint64_t number) { digits(out, number, 10); }

void sg_out_signed(struct sg_out *out, int64_t number)
{
    if (number < 0)
        sg_out_text(out, "-");
    digits(out, number < 0 ? -(uint64_t)number : (uint64_t)number, 10);
}

void sg_out_hex(struct sg_out *out, uint64_t number)
{
    sg_out_text(out, "0x");
    digits(out, number, 16);
}

void sg_out_texts(struct sg_out *out, ...)
{
    va_list texts;
    va_start(texts, out);
    for (const char *text = va_arg(texts, const char *); text; text = va_arg(texts, const char *))
        sg_out_text(out, text);
    va_end(texts);
}
