/* The whole report of one snapshot, ready for a writer: leaks with their
 * stacks, in order, what was suppressed, and the totals.
 *
 * Layer:   13
 * Threads: one.
 * Memory:  in the caller's pool, with references into the snapshot.
 * Fails:   never; complaints about suppressions go to the callback.
 */
#ifndef SG_REPORT_REPORT_H
#define SG_REPORT_REPORT_H

#include "settings.h"
#include "suppress.h"

struct sg_totals {
    uint64_t opened;      /* handles and descriptors ever opened */
    uint64_t open;        /* records open at the end, owned ones included */
    uint64_t owned;       /* of these, what is listed under its session only */
    uint64_t leaked;      /* what counts */
    uint64_t suppressed;  /* what would count */
    uint64_t not_counted; /* listed, but does not count: listening sockets, and what follows */
    uint64_t handed;      /* to a child process that goes on with it */
    uint64_t closed;      /* by auto-close */
    uint64_t forgiven;    /* of these, not counted in `leaked`: closed_counts=0 */
    uint64_t untracked;   /* opened, but there was no room for a record */
    uint64_t shortened;   /* stacks for which the table of stacks had no room */
    uint64_t places;      /* of what counts, or is forgiven */
};

struct sg_report {
    const struct sg_snapshot *snapshot;
    const struct sg_settings *settings;
    const char *program;
    struct sg_leak *leaks; /* those that count first, then those that do not, then the suppressed */
    size_t leaks_count;
    size_t listed; /* of these, not suppressed */
    struct sg_rules rules;
    struct sg_totals totals;
};

/* True if the part of a leak does not count only because it was closed. */
bool sg_report_is_forgiven(const struct sg_report *report, const struct sg_leak *leak,
                           const struct sg_part *part);

void sg_report_make(struct sg_report *report, struct sg_pool *pool, const struct sg_snapshot *snapshot,
                    const struct sg_settings *settings, sg_suppress_complain *complain, void *context);

/* "closed", "skipped", ...; the word of the JSON report. */
/* Why the Python interpreter of the process could not be read, as a word, and its version,
 * "" if that is not known; NULL if nothing is to be said. */
#define SG_REPORT_PYTHON_MAX 12
const char *sg_report_unread_python(const struct sg_layout *layout, char version[SG_REPORT_PYTHON_MAX]);

const char *sg_report_outcome_word(enum sg_outcome outcome);

/* "in_use", ...; NULL for SG_REASON_NONE. */
const char *sg_report_reason_word(enum sg_reason reason);

#endif
