/* Patterns of suppressions, with LeakSanitizer's meaning: `*` stands for any
 * run, `^` at the start and `$` at the end anchor; otherwise a pattern matches
 * anywhere.
 *
 * Layer:   5
 * Threads: no state.
 * Memory:  none.
 * Fails:   never.
 */
#ifndef SG_REPORT_PATTERN_H
#define SG_REPORT_PATTERN_H

#include "../base.h"

/* NULL as `text` matches nothing. */
bool sg_pattern_matches(const char *pattern, const char *text);

#endif
