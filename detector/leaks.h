/* What is open at the end: checks it against the system, and tells leaks from
 * what belongs to an open session.
 *
 * Layer:   9
 * Threads: one thread, at the end of the process; others may still open and
 *          close.
 * Memory:  maps scratch memory, which the end of the process gives back.
 * Fails:   without memory nothing counts as owned.
 */
#ifndef SG_LEAKS_H
#define SG_LEAKS_H

#include "layout.h"

struct sg_leaks {
    uint64_t *serials; /* of the open handles that may own something, sorted */
    size_t n_serials, room;
    size_t n_handles;
    size_t n_aside;       /* of these, those that are for another process to report */
    size_t n_descriptors; /* open ones that are not owned, and count */
};

/* True if there is any record of something open. Makes no system call. */
bool sg_leaks_exist(void);

/* Drops records whose descriptor is no longer the same socket, notes states
 * and peers of the others, and counts. */
struct sg_leaks sg_leaks_collect(void);

/* Before an exec: descriptors that the next program inherits, and that no open
 * session owns, are no leaks of this one. */
void sg_leaks_pass_on(struct sg_leaks *leaks);

/* Counts again, after outcomes have changed: see sg_outcome_is_ours(). */
void sg_leaks_recount(struct sg_leaks *leaks);

/* True if the record belongs to a session that is still open. */
bool sg_leaks_is_owned(const struct sg_leaks *leaks, const struct sg_record *record);

/* True if the descriptor still is what it was when it was recorded. */
bool sg_leaks_is_same(int fd, const struct sg_record *record);

/* True if something counts for the exit status, as far as it is known without
 * suppressions; what was closed only where `closed_counts`. */
bool sg_leaks_count(const struct sg_leaks *leaks, bool closed_counts);

/* Calls `each` for every record that is a leak of its own. */
void sg_leaks_each(const struct sg_leaks *leaks, void (*each)(void *context, const struct sg_record *record),
                   void *context);

#endif
