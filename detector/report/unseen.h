/* What the process has that a preloaded library cannot see: a library that is
 * linked into another statically, Go code, what was loaded with dlmopen(3).
 * Said at verbosity=1, so that a clean report is not taken for more than it is.
 *
 * Layer:   15
 * Threads: one.
 * Memory:  libelf's own, while a file is looked at.
 * Fails:   a file that cannot be read, or whose symbols were stripped, says
 *          nothing.
 */
#ifndef SG_REPORT_UNSEEN_H
#define SG_REPORT_UNSEEN_H

#include <stdio.h>

#include "report.h"

/* One line for each. */
void sg_unseen_write(FILE *out, const struct sg_report *report);

#endif
