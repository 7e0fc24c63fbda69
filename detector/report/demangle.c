#include "demangle.h"

#include <ctype.h>
#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* Names much longer than this are damage, and the demangler recurses. */
#define NAME_MAX_LENGTH 8192

static bool is_clone_word(const char *word, size_t length)
{
    static const char *const words[] = {"isra",     "part",       "constprop", "cold", "lto_priv",
                                        "llvm",     "localalias", "clone",     "warm", "hot",
                                        "unlikely", "resolver",   "lto",       "str"};
    for (size_t i = 0; i < SG_COUNT(words); i++)
        if (strlen(words[i]) == length && memcmp(word, words[i], length) == 0)
            return true;
    return false;
}

/* Length of `name` without the suffixes of clones: words after a dot, each
 * with or without a number after another dot. */
static size_t base_length(const char *name, size_t length)
{
    for (;;) {
        size_t end = length;
        const char *dot = memrchr(name, '.', end);
        if (!dot || dot == name)
            return length;
        const char *word = dot + 1;
        size_t word_length = (size_t)(name + end - word);
        if (word_length > 0 && isdigit((unsigned char)word[0])) {
            for (size_t i = 0; i < word_length; i++)
                if (!isdigit((unsigned char)word[i]))
                    return length;
            end = (size_t)(dot - name);
            dot = memrchr(name, '.', end);
            if (!dot || dot == name)
                return length;
            word = dot + 1;
            word_length = (size_t)(name + end - word);
        }
        if (!is_clone_word(word, word_length))
            return length;
        length = (size_t)(dot - name);
    }
}

const char *sg_demangle_name(struct sg_pool *pool, const char *symbol)
{
    size_t length = strnlen(symbol, NAME_MAX_LENGTH);
    const char *version = memchr(symbol, '@', length);
    if (version && version != symbol)
        length = (size_t)(version - symbol);
    length = base_length(symbol, length);
    char *plain = sg_pool_copy(pool, symbol, length);
    /* Only these two schemes: the automatic guess would also take ordinary C
     * names of other shapes for mangled ones. */
    bool is_mangled = strncmp(plain, "_Z", 2) == 0 || strncmp(plain, "_R", 2) == 0;
    char *demangled = is_mangled ? cplus_demangle(plain, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO) : NULL;
    const char *name = demangled ? demangled : plain;
    const char *clean = sg_utf8_clean(pool, name, strlen(name));
    free(demangled);
    return clean;
}
