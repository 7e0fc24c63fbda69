#include "pattern.h"

#include <string.h>

/* Matches all of `text` against `pattern` up to `end`, where only `*` is
 * special. Goes back to the last star only, so the time is bounded by the
 * product of the two lengths. */
static bool matches_whole(const char *pattern, const char *end, const char *text)
{
    const char *star = NULL;
    const char *retry = NULL;
    for (;;) {
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

/* The same for a pattern that may end before the text does. */
static bool matches_start(const char *pattern, const char *end, const char *text)
{
    const char *star = NULL;
    const char *retry = NULL;
    for (;;) {
        if (pattern == end)
            return true;
        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (*text != '\0' && *pattern == *text) {
            pattern++;
            text++;
        } else if (*text != '\0' && star) {
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
    bool (*matches)(const char *, const char *, const char *) = at_end ? matches_whole : matches_start;
    if (at_start)
        return matches(pattern, end, text);
    for (;; text++) {
        if (matches(pattern, end, text))
            return true;
        /* A leading star has tried every later start already. */
        if (*text == '\0' || *pattern == '*')
            return false;
    }
}
