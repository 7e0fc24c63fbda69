/* The string functions that the library uses, in place of libc's. Hidden, they
 * are called by this library alone; and so nobody can stand before them: a
 * sanitizer in the program has functions of these names, which are not ready
 * when our constructor runs, and which would take our lock-free memory for a
 * data race of the program's.
 *
 * They are short, not fast: what the hot path copies is inlined.
 *
 * Layer:   1
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

/* Checked variants in the headers would stand in the way of the definitions. */
#undef _FORTIFY_SOURCE

#include <string.h>
#include <strings.h>

#include "base.h"

/* C23 has macros of these names, which keep a const of the argument. */
#undef memchr
#undef memrchr
#undef strchr
#undef strrchr
#undef strstr

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t)) {
        uint64_t word;
        __builtin_memcpy(&word, in, sizeof word);
        __builtin_memcpy(out, &word, sizeof word);
        in += sizeof word;
        out += sizeof word;
    }
    while (size-- > 0)
        *out++ = *in++;
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    unsigned char *out = to;
    while (size-- > 0)
        *out++ = (unsigned char)byte;
    return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *a = left;
    const unsigned char *b = right;
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i])
            return a[i] - b[i];
    return 0;
}

void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    if (out <= in)
        for (size_t i = 0; i < size; i++)
            out[i] = in[i];
    else
        while (size-- > 0)
            out[size] = in[size];
    return to;
}

void *memchr(const void *in, int byte, size_t size)
{
    const unsigned char *at = in;
    for (size_t i = 0; i < size; i++)
        if (at[i] == (unsigned char)byte)
            return (void *)(uintptr_t)(at + i);
    return NULL;
}

void *memrchr(const void *in, int byte, size_t size)
{
    const unsigned char *at = in;
    while (size-- > 0)
        if (at[size] == (unsigned char)byte)
            return (void *)(uintptr_t)(at + size);
    return NULL;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

size_t strnlen(const char *text, size_t size)
{
    size_t length = 0;
    while (length < size && text[length])
        length++;
    return length;
}

int strncmp(const char *left, const char *right, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (left[i] != right[i] || !left[i])
            return (unsigned char)left[i] - (unsigned char)right[i];
    return 0;
}

int strcmp(const char *left, const char *right) { return strncmp(left, right, SIZE_MAX); }

static int lower(char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c; }

int strncasecmp(const char *left, const char *right, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (lower(left[i]) != lower(right[i]) || !left[i])
            return lower(left[i]) - lower(right[i]);
    return 0;
}

char *strchr(const char *text, int byte)
{
    for (;; text++) {
        if (*text == (char)byte)
            return (char *)(uintptr_t)text;
        if (!*text)
            return NULL;
    }
}

char *strrchr(const char *text, int byte) { return memrchr(text, byte, strlen(text) + 1); }

size_t strcspn(const char *text, const char *stops)
{
    size_t length = 0;
    while (text[length] && !strchr(stops, text[length]))
        length++;
    return length;
}

size_t strspn(const char *text, const char *wanted)
{
    size_t length = 0;
    while (text[length] && strchr(wanted, text[length]))
        length++;
    return length;
}

char *stpcpy(char *restrict to, const char *restrict from)
{
    size_t length = strlen(from);
    memcpy(to, from, length + 1);
    return to + length;
}

char *strstr(const char *text, const char *wanted)
{
    size_t length = strlen(wanted);
    for (; strncmp(text, wanted, length) != 0; text++)
        if (!*text)
            return NULL;
    return (char *)(uintptr_t)text;
}
