/* One leak in the text report: what, where, and what there is to say.
 *
 * Layer:   15
 * Threads: one.
 * Memory:  writes to the caller's stream.
 * Fails:   as the stream does.
 */
#ifndef SG_REPORT_TEXT_LEAK_H
#define SG_REPORT_TEXT_LEAK_H

#include <stdio.h>

#include "report.h"

void sg_text_leak_write(FILE *out, const struct sg_report *report, const struct sg_leak *leak,
                        bool has_color);

#endif
