/* Writes a report as one JSON object on one line: the stable form.
 *
 * One element of "leaks" stands for the records of one place that ended in one
 * way: where auto-close closed some and left others alone, a place has several
 * elements with the same "id", told apart by "outcome", "reason" and "orphan";
 * "opened_here", "closed_here" and "peak" are the place's own in each. Leaks
 * that are suppressed stand at the end with "suppressed_by" set, and are, like
 * listening sockets and with closed_counts=0 what was closed, marked "counts":
 * false. "totals": open is leaked + suppressed + not_counted + owned, and
 * "groups" is the number of places that count, or would if nothing was closed.
 *
 * Layer:   14
 * Threads: one.
 * Memory:  returns malloc'ed text.
 * Fails:   NULL when out of memory.
 */
#ifndef SG_REPORT_JSON_H
#define SG_REPORT_JSON_H

#include "report.h"

/* The object with a newline at its end; the caller frees it. */
char *sg_json_write(const struct sg_report *report);

#endif
