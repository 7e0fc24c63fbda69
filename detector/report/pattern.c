#include "pattern.h"

#include <string.h>

/* Matches `text` from its start against `pattern` up to `end`, where only `*`
 * is special; unless `is_whole`, the text may go on. Goes back to the last star
 * only, so the time is bounded by the product of the two lengths. */
static bool matches(const char *pattern, const char *end, const char *text, bool is_whole)
{
    const char *star = NULL;
    const char *retry = NULL;
    for (;;) {
        if (pattern == end && !is_whole)
            return true;
        if (pattern < end && *pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (*text == '\0') {
            return pattern == end;
        } else if (pattern < end && *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++retry;
        } else {
            return false;
        }
    }
}

bool sg_pattern_matches(const char *pattern, const char *text)
{
    if (!text || *pattern == '\0')
        return false;
    const char *end = pattern + strlen(pattern);
    bool at_start = *pattern == '^';
    if (at_start)
        pattern++;
    bool at_end = end > pattern && end[-1] == '$';
    if (at_end)
        end--;
    if (at_start)
        return matches(pattern, end, text, at_end);
    for (;; text++) {
        if (matches(pattern, end, text, at_end))
            return true;
        /* A leading star has tried every later start already. */
        if (*text == '\0' || *pattern == '*')
            return false;
    }
}
