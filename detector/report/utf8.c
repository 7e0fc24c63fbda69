#include "utf8.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the valid character at `at`, or 0. Overlong forms, surrogates and
 * the C1 control characters are not valid here. */
static size_t character_size(const unsigned char *at, size_t left)
{
    uint32_t code;
    size_t size;
    if (at[0] < 0x80)
        return 1;
    if (at[0] >= 0xc2 && at[0] <= 0xdf) {
        size = 2;
        code = at[0] & 0x1fU;
    } else if ((at[0] & 0xf0) == 0xe0) {
        size = 3;
        code = at[0] & 0x0fU;
    } else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
        size = 4;
        code = at[0] & 0x07U;
    } else {
        return 0;
    }
    if (left < size)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3fU);
    }
    static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000};
    if (code < least[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    return size;
}

char *sg_utf8_clean(struct sg_pool *pool, const void *bytes, size_t length)
{
    const unsigned char *in = bytes;
    char *clean = sg_pool_array(pool, length + 1, sizeof(REPLACEMENT) - 1);
    char *out = clean;
    for (size_t i = 0; i < length;) {
        size_t size = character_size(in + i, length - i);
        if (size == 0) {
            memcpy(out, REPLACEMENT, sizeof(REPLACEMENT) - 1);
            out += sizeof(REPLACEMENT) - 1;
            i++;
        } else if (in[i] < 0x20 || in[i] == 0x7f) {
            *out++ = '?';
            i++;
        } else {
            memcpy(out, in + i, size);
            out += size;
            i += size;
        }
    }
    return clean;
}
