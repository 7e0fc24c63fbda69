/* The stack of a leak in the text report.
 *
 * Layer:   14
 * Threads: one.
 * Memory:  writes to the caller's stream.
 * Fails:   as the stream does.
 */
#ifndef SG_REPORT_TEXT_STACK_H
#define SG_REPORT_TEXT_STACK_H

#include <stdio.h>

#include "report.h"

/* One line for each frame, in LeakSanitizer's form. The frame to look at is
 * bold, and where it is not the first it ends with an arrow, behind all that
 * log matchers read. */
void sg_text_stack_write(FILE *out, const struct sg_report *report, const struct sg_leak *leak,
                         bool has_color);

#endif
