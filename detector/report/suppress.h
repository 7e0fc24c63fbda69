/* Suppressions: leaks that someone decided not to hear of, in LeakSanitizer's
 * line format: `type[max=N,until=YYYY-MM-DD]:pattern`.
 *
 *   leak:     function, source file or module of any frame
 *   top:      the same of the first frame outside the families' libraries
 *   curl:     as leak:, for the kinds of one family
 *   curl.easy: as leak:, for one kind
 *   peer:     all peers of the leak that are known, and at least one
 *   id:       the start of the leak's id
 *
 * A leak is suppressed by the first line that matches it. Where the leaks of
 * a line are more than its `max`, the line counts as absent; likewise after
 * the day of `until` (in UTC).
 *
 * Layer:   12
 * Threads: one.
 * Memory:  in the caller's pool.
 * Fails:   a bad line is reported through `complain` and skipped.
 */
#ifndef SG_REPORT_SUPPRESS_H
#define SG_REPORT_SUPPRESS_H

#include "group.h"

enum sg_rule_type { SG_RULE_LEAK, SG_RULE_TOP, SG_RULE_PEER, SG_RULE_ID };

struct sg_rule {
    const char *line;    /* as it stands in the file */
    const char *pattern; /* what follows the colon */
    const char *kind;    /* kind or family that it is for, NULL for any */
    enum sg_rule_type type;
    const char *file;
    unsigned line_number;
    uint64_t max; /* UINT64_MAX without one */
    char until[11];
    uint64_t matched; /* records, after sg_suppress_apply() */
    bool is_expired;
    bool is_exceeded;
};

struct sg_rules {
    struct sg_rule *entries;
    size_t count;
};

/* Called with one complete line, without a newline, for each bad one. */
typedef void sg_suppress_complain(void *context, const char *line);

/* `text` is the content of the file called `file`; kinds are those that the
 * snapshot knows. Lines are added to `rules`, which starts zeroed. */
void sg_suppress_parse(struct sg_rules *rules, struct sg_pool *pool, const struct sg_snapshot *snapshot,
                       const char *text, const char *file, sg_suppress_complain *complain, void *context);

/* The same with the content read from the file. */
void sg_suppress_load(struct sg_rules *rules, struct sg_pool *pool, const struct sg_snapshot *snapshot,
                      const char *file, sg_suppress_complain *complain, void *context);

/* Sets `rule` of each leak that is suppressed, and the counts of the rules.
 * The leaks have their frames and ids. */
void sg_suppress_apply(struct sg_rules *rules, const struct sg_snapshot *snapshot, struct sg_leak *leaks,
                       size_t count);

#endif
