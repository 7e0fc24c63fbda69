/* Writes a report for people. LeakSanitizer's frame lines, so that existing
 * log matchers and editors find them; everything else may change.
 *
 * Layer:   16
 * Threads: one.
 * Memory:  writes to the caller's stream.
 * Fails:   as the stream does.
 */
#ifndef SG_REPORT_TEXT_H
#define SG_REPORT_TEXT_H

#include <stdio.h>

#include "report.h"

/* The whole report. Writes nothing where nothing is to be told. */
void sg_text_write(FILE *out, const struct sg_report *report, bool has_color);

/* True if the report has leaks to list: some that count, or at verbosity 1
 * some that do not. */
bool sg_text_has_leaks(const struct sg_report *report);

/* "==PID==WARNING: sessguard: 3 leaked sessions at 1 place in ./app", without
 * a newline. */
void sg_text_write_headline(FILE *out, const struct sg_report *report);

/* "==PID==sessguard: no leaks (12 opened)", with a newline. */
void sg_text_write_clean(FILE *out, const struct sg_report *report);

#endif
