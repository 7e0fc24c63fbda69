/* The checks on a snapshot that has its full length: bounds of sections, and
 * every reference that an open record leads to.
 *
 * Layer:   6
 * Threads: no state.
 * Memory:  none.
 * Fails:   returns false with one line in `message`, which goes on from the
 *          file's name ("is damaged: ...").
 */
#ifndef SG_REPORT_CHECK_H
#define SG_REPORT_CHECK_H

#include "../layout.h"

/* `layout` is followed by as many bytes as its total_size says. */
bool sg_check_sections(const struct sg_layout *layout, char *message, size_t size);

#endif
