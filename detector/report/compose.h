/* Composes the texts of a report in memory, so that each is written at once.
 *
 * Layer:   17
 * Threads: one.
 * Memory:  texts are malloc'ed; the caller frees them.
 * Fails:   NULL where there is nothing to tell, or when out of memory.
 */
#ifndef SG_REPORT_COMPOSE_H
#define SG_REPORT_COMPOSE_H

#include "report.h"

/* The text form; `descriptor` is where it will go, for color=auto, or -1. */
char *sg_compose_text(const struct sg_report *report, int descriptor);

/* What goes to `output` or to a person: the form that `format` asks for. With
 * `is_forced` there is also something where nothing leaked. */
char *sg_compose_format(const struct sg_report *report, int descriptor, bool is_forced);

/* The line on stderr that leads to the report in `path`. */
char *sg_compose_pointer(const struct sg_report *report, const char *path);

#endif
