/* Makes bytes from outside fit to print: valid UTF-8 without control
 * characters, so that they neither break JSON nor steer a terminal.
 *
 * Layer:   6
 * Threads: no state.
 * Memory:  the result is in the caller's pool.
 * Fails:   never; what is not fit is replaced.
 */
#ifndef SG_REPORT_UTF8_H
#define SG_REPORT_UTF8_H

#include "pool.h"

/* Control characters become '?', what is not UTF-8 becomes U+FFFD. */
char *sg_utf8_clean(struct sg_pool *pool, const void *bytes, size_t length);

#endif
