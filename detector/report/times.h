/* Writes points in time.
 *
 * Layer:   5
 * Threads: no state but libc's time zone.
 * Memory:  the caller's buffer.
 * Fails:   never; a time beyond the calendar is written as "?".
 */
#ifndef SG_REPORT_TIMES_H
#define SG_REPORT_TIMES_H

#include "../base.h"

#define SG_TIMES_SIZE 48

/* "2026-11-22T10:31:02.114Z" */
const char *sg_times_utc(char buffer[SG_TIMES_SIZE], uint64_t real_ns);

/* "10:31:02.114" in local time, with the date where it is another day than
 * `today_ns`. */
const char *sg_times_local(char buffer[SG_TIMES_SIZE], uint64_t real_ns, uint64_t today_ns);

#endif
