#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "merge.h"
#include "symbolize.h"

/* What counts, then what is listed only, then what is suppressed. */
static int class_of(const struct sg_leak *leak) { return leak->rule ? 2 : leak->counts ? 0 : 1; }

/* By count, then by first time, so that the reports of two runs compare. */
static int compare(const void *left, const void *right)
{
    const struct sg_leak *a = left;
    const struct sg_leak *b = right;
    if (class_of(a) != class_of(b))
        return class_of(a) - class_of(b);
    if (a->facts.count != b->facts.count)
        return a->facts.count > b->facts.count ? -1 : 1;
    if (a->facts.first_tick != b->facts.first_tick)
        return a->facts.first_tick < b->facts.first_tick ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

bool sg_report_is_forgiven(const struct sg_report *report, const struct sg_leak *leak,
                           const struct sg_part *part)
{
    return !report->settings->options.closed_counts && leak->counts && !leak->rule &&
           part->outcome == SG_OUTCOME_CLOSED;
}

static void add_up(struct sg_report *report)
{
    struct sg_totals *totals = &report->totals;
    for (size_t i = 0; i < report->leaks_count; i++) {
        const struct sg_leak *leak = &report->leaks[i];
        if (!leak->rule)
            report->listed++;
        if (!leak->counts) {
            totals->not_counted += leak->facts.count;
            totals->handed += leak->is_handed ? leak->facts.count : 0;
        } else if (leak->rule) {
            totals->suppressed += leak->facts.count;
        } else {
            totals->leaked += leak->facts.count;
            totals->places++;
            for (size_t k = 0; k < leak->parts_count; k++)
                if (leak->parts[k].outcome == SG_OUTCOME_CLOSED)
                    totals->closed += leak->parts[k].facts.count;
        }
    }
    if (!report->settings->options.closed_counts)
        totals->forgiven = totals->closed;
    totals->leaked -= totals->forgiven;
}

void sg_report_make(struct sg_report *report, struct sg_pool *pool, const struct sg_snapshot *snapshot,
                    const struct sg_settings *settings, sg_suppress_complain *complain, void *context)
{
    memset(report, 0, sizeof(*report));
    report->snapshot = snapshot;
    report->settings = settings;
    report->program = sg_settings_program(pool, snapshot);
    struct sg_groups groups = sg_group_leaks(pool, snapshot, &settings->options, NULL);
    sg_symbolize_leaks(pool, snapshot, groups.leaks, groups.leaks_count, settings->options.symbolize != 0);
    const uint32_t *same = sg_merge_places(pool, snapshot, groups.leaks, groups.leaks_count);
    if (same) {
        struct sg_groups merged = sg_group_leaks(pool, snapshot, &settings->options, same);
        sg_merge_frames(pool, groups.leaks, groups.leaks_count, merged.leaks, merged.leaks_count);
        groups = merged;
    }
    report->leaks = groups.leaks;
    report->leaks_count = groups.leaks_count;
    for (size_t i = 0; i < report->leaks_count; i++)
        report->leaks[i].id = sg_identity_hash(&report->leaks[i]);
    const char *own = sg_reader_raw(snapshot, pool, snapshot->layout->suppressions);
    if (own)
        sg_suppress_parse(&report->rules, pool, snapshot, own, "__sessguard_default_suppressions", complain,
                          context);
    if (settings->suppressions)
        sg_suppress_load(&report->rules, pool, snapshot, settings->suppressions, complain, context);
    sg_suppress_apply(&report->rules, snapshot, report->leaks, report->leaks_count);
    if (report->leaks_count > 1)
        qsort(report->leaks, report->leaks_count, sizeof(*report->leaks), compare);
    report->totals.opened = snapshot->layout->opened;
    report->totals.untracked = snapshot->layout->untracked;
    report->totals.shortened = snapshot->layout->places.shortened;
    report->totals.open = groups.open;
    report->totals.owned = groups.owned;
    add_up(report);
}

const char *sg_report_unread_python(const struct sg_layout *layout, char version[SG_REPORT_PYTHON_MAX])
{
    static const char *const words[SG_PYTHON_REASONS] = {
        [SG_PYTHON_IS_UNKNOWN] = "unknown",
        [SG_PYTHON_IS_PREVIEW] = "preview",
        [SG_PYTHON_IS_FREE_THREADED] = "free_threaded",
        [SG_PYTHON_IS_OTHER] = "other",
    };
    uint32_t number = SG_FLAGS_PYTHON_VERSION(layout->flags);
    uint32_t why = SG_FLAGS_PYTHON_WHY(layout->flags);
    version[0] = '\0';
    if (number > 0) /* it is exported since 3.11 */
        snprintf(version, SG_REPORT_PYTHON_MAX, "%u.%u", number >> 8 & 0xff, number & 0xff);
    return why < SG_COUNT(words) ? words[why] : NULL;
}

const char *sg_report_outcome_word(enum sg_outcome outcome)
{
    switch (outcome) {
    case SG_OUTCOME_CLOSED:
        return "closed";
    case SG_OUTCOME_SKIPPED:
        return "skipped";
    case SG_OUTCOME_FAILED:
        return "failed";
    case SG_OUTCOME_SHUTDOWN:
        return "shutdown";
    case SG_OUTCOME_COLLECTED:
        return "collected";
    case SG_OUTCOME_HANDED:
        return "handed_over";
    case SG_OUTCOME_ELSEWHERE: /* is not listed */
    case SG_OUTCOME_OPEN:
    case SG_OUTCOMES:
    default:
        return "open";
    }
}

const char *sg_report_reason_word(enum sg_reason reason)
{
    static const char *const words[SG_REASONS] = {
        [SG_REASON_IN_USE] = "in_use",     [SG_REASON_UNLOADED] = "unloaded",
        [SG_REASON_REFUSED] = "refused",   [SG_REASON_TIMEOUT] = "timeout",
        [SG_REASON_OWNED] = "owned",       [SG_REASON_NO_CLOSE] = "no_close",
        [SG_REASON_CALLBACK] = "callback", [SG_REASON_SHARED] = "shared",
        [SG_REASON_SEVERED] = "severed",   [SG_REASON_FORM] = "callback",
        [SG_REASON_THREADS] = "threads",   [SG_REASON_INHERITED] = "inherited",
    };
    return reason < SG_REASONS ? words[reason] : NULL;
}
