#include "text.h"

#include <inttypes.h>
#include <string.h>

#include "text_leak.h"
#include "unseen.h"

static const char *plural(uint64_t count) { return count == 1 ? "" : "s"; }

bool sg_text_has_leaks(const struct sg_report *report)
{
    bool tells_more = report->settings->options.verbosity > 0 || report->settings->is_asked;
    return report->totals.leaked + report->totals.forgiven > 0 || (tells_more && report->listed > 0);
}

void sg_text_write_headline(FILE *out, const struct sg_report *report)
{
    const struct sg_totals *totals = &report->totals;
    fprintf(out, "==%d==WARNING: sessguard: ", report->snapshot->layout->pid);
    uint64_t all = totals->leaked + totals->forgiven;
    if (totals->closed > 0)
        fputs("closed ", out);
    if (totals->closed > 0 && totals->closed < all)
        fprintf(out, "%" PRIu64 " of ", totals->closed);
    fprintf(out, "%" PRIu64 " leaked session%s at %" PRIu64 " place%s in %s", all, plural(all),
            totals->places, plural(totals->places), report->program);
}

void sg_text_write_clean(FILE *out, const struct sg_report *report)
{
    fprintf(out, "==%d==sessguard: no leaks (%" PRIu64 " opened", report->snapshot->layout->pid,
            report->totals.opened);
    if (report->totals.suppressed > 0)
        fprintf(out, ", %" PRIu64 " suppressed", report->totals.suppressed);
    fputs(")\n", out);
}

static void write_leaks(FILE *out, const struct sg_report *report, bool has_color)
{
    uint64_t most =
        report->settings->options.max_leaks > 0 ? (uint64_t)report->settings->options.max_leaks : UINT64_MAX;
    uint64_t left_out = 0;
    uint64_t left_out_places = 0;
    for (size_t i = 0; i < report->listed; i++) {
        if (i < most) {
            fputc('\n', out);
            sg_text_leak_write(out, report, &report->leaks[i], has_color);
        } else {
            left_out += report->leaks[i].facts.count;
            left_out_places++;
        }
    }
    if (left_out > 0)
        fprintf(out, "\n(%" PRIu64 " more at %" PRIu64 " place%s left out: max_leaks=%d)\n", left_out,
                left_out_places, plural(left_out_places), report->settings->options.max_leaks);
}

static const char *state_of(const struct sg_rule *rule)
{
    if (rule->is_exceeded)
        return " (more than its max: all of them count)";
    return rule->is_expired ? " (expired: without effect)" : "";
}

static void write_suppressions(FILE *out, const struct sg_report *report)
{
    const struct sg_rules *rules = &report->rules;
    size_t used = 0;
    if (!report->settings->options.print_suppressions || rules->count == 0)
        return;
    for (size_t i = 0; i < rules->count; i++)
        if (rules->entries[i].matched > 0)
            fprintf(out, "%s%9" PRIu64 "  %s%s\n",
                    used++ == 0 ? "\nSuppressions used:\n    count  line\n" : "", rules->entries[i].matched,
                    rules->entries[i].line, state_of(&rules->entries[i]));
    if (used == rules->count)
        return;
    fputs("\nSuppressions never used:\n", out);
    for (size_t i = 0; i < rules->count; i++)
        if (rules->entries[i].matched == 0)
            fprintf(out, "  %s:%u: %s%s\n", rules->entries[i].file, rules->entries[i].line_number,
                    rules->entries[i].line, state_of(&rules->entries[i]));
}

static void write_summary(FILE *out, const struct sg_report *report)
{
    const struct sg_totals *totals = &report->totals;
    const char *separator = " (";
    fprintf(out, "\nSUMMARY: sessguard: %" PRIu64 " session%s leaked", totals->leaked,
            plural(totals->leaked));
    if (totals->leaked > 0)
        fprintf(out, " at %" PRIu64 " place%s", totals->places, plural(totals->places));
    if (totals->closed > 0)
        fprintf(out, ", %" PRIu64 " closed%s", totals->closed,
                totals->forgiven > 0 ? " and not counted" : "");
    if (totals->suppressed > 0) {
        fprintf(out, "%s%" PRIu64 " suppressed", separator, totals->suppressed);
        separator = ", ";
    }
    if (totals->not_counted > totals->handed) {
        fprintf(out, "%s%" PRIu64 " listening, not counted", separator, totals->not_counted - totals->handed);
        separator = ", ";
    }
    if (totals->handed > 0) {
        fprintf(out, "%s%" PRIu64 " handed to a child, not counted", separator, totals->handed);
        separator = ", ";
    }
    fprintf(out, "%s.\n", separator[0] == ',' ? ")" : "");
}

/* What the option check_stacks has counted; a wrong stack is never passed over. */
static void write_stacks(FILE *out, const struct sg_report *report)
{
    const struct sg_layout *layout = report->snapshot->layout;
    uint64_t all = layout->stacks.known + layout->stacks.walked;
    if (layout->stacks.wrong > 0 || (all > 0 && report->settings->options.verbosity > 0))
        fprintf(out, "==%d==sessguard: %" PRIu64 " stacks checked: %" PRIu64 " known, %" PRIu64 " wrong\n",
                layout->pid, all, layout->stacks.known, layout->stacks.wrong);
}

/* What the tables of the process had no room for. */
static void write_lost(FILE *out, const struct sg_report *report)
{
    uint64_t untracked = report->totals.untracked;
    uint64_t shortened = report->totals.shortened;
    if (shortened > 0)
        fprintf(out, "\n(%" PRIu64 " %s cut: the table of stacks was full)\n", shortened,
                shortened == 1 ? "stack was" : "stacks were");
    if (untracked > 0)
        fprintf(out, "\n(%" PRIu64 " more %s opened that could not be recorded: there was no room)\n",
                untracked, untracked == 1 ? "was" : "were");
}

/* Stacks are native ones then, and sessions show only by their sockets. */
static void write_python(FILE *out, const struct sg_report *report)
{
    const struct sg_layout *layout = report->snapshot->layout;
    char version[SG_REPORT_PYTHON_MAX];
    const char *word = sg_report_unread_python(layout, version);
    if (!word)
        return;
    const char *why = strcmp(word, "unknown") == 0         ? "only 3.11 to 3.15 are known"
                      : strcmp(word, "preview") == 0       ? "it is a preview of a version"
                      : strcmp(word, "free_threaded") == 0 ? "it is a free-threaded build"
                                                           : "it was built without what they are read by";
    fprintf(out, "==%d==sessguard: cannot see frames and sessions of Python%s%s: %s\n", layout->pid,
            *version ? " " : "", version, why);
}

void sg_text_write(FILE *out, const struct sg_report *report, bool has_color)
{
    bool has_leaks = sg_text_has_leaks(report);
    if (has_leaks || report->settings->options.verbosity > 0)
        write_python(out, report);
    if (report->settings->options.verbosity > 0)
        sg_unseen_write(out, report);
    write_stacks(out, report);
    if (has_leaks) {
        if (report->totals.leaked + report->totals.forgiven > 0) {
            sg_text_write_headline(out, report);
            fputc('\n', out);
        } else {
            sg_text_write_clean(out, report);
        }
        write_leaks(out, report, has_color);
        write_suppressions(out, report);
        write_lost(out, report);
        write_summary(out, report);
    } else if (report->settings->options.verbosity > 0 || report->settings->is_asked) {
        sg_text_write_clean(out, report);
    }
}
