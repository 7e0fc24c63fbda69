#include "text_leak.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "frame.h"
#include "text_stack.h"
#include "times.h"

#define ID_COLUMN 78
#define ENTRIES_MAX 5
#define SHARING_COUNT 10

static bool is_descriptor(const struct sg_leak *leak)
{
    return (leak->kind->flags & SG_KIND_DESCRIPTOR) != 0;
}

static void write_title(FILE *out, const struct sg_leak *leak, bool has_color)
{
    int width =
        fprintf(out, "%s%" PRIu64 " %s", has_color ? "\033[1;31m" : "", leak->facts.count, leak->kind->name);
    if (has_color)
        width -= 7;
    /* A kind whose name is a word takes its plural. */
    if (leak->kind->title[0] != '\0' && strcmp(leak->kind->title, leak->kind->name) != 0)
        width += fprintf(out, " (%s)", leak->kind->title);
    else if (leak->facts.count != 1)
        width += fprintf(out, "s");
    width += fprintf(out, " %s, opened here:",
                     leak->counts      ? "never closed"
                     : leak->is_handed ? "handed to a child process, not counted"
                                       : "still listening, not counted");
    fprintf(out, "%s%*s[%08" PRIx64 "]\n", has_color ? "\033[0m" : "",
            width < ID_COLUMN ? ID_COLUMN - width : 1, "", leak->id >> 32);
}

static void write_times(FILE *out, const struct sg_report *report, const struct sg_leak *leak)
{
    const struct sg_snapshot *snapshot = report->snapshot;
    const struct sg_layout *layout = snapshot->layout;
    const struct sg_facts *facts = &leak->facts;
    char first[SG_TIMES_SIZE];
    char last[SG_TIMES_SIZE];
    double age_s =
        layout->ended_tick > facts->first_tick ? (layout->ended_tick - facts->first_tick) / 1000.0 : 0;
    const char *first_text =
        sg_times_local(first, sg_reader_time_ns(snapshot, facts->first_tick), layout->ended_ns);
    bool is_open = false;
    for (size_t i = 0; i < leak->parts_count; i++)
        is_open |= leak->parts[i].outcome != SG_OUTCOME_COLLECTED;
    fprintf(out, "  %" PRIu64 " %s of %" PRIu64 " opened here", facts->count, is_open ? "open" : "leaked",
            leak->opened);
    if (leak->closed > 0)
        fprintf(out, ", at most %" PRIu64 " at once", leak->peak);
    if (facts->count == 1) {
        fprintf(out, "; at %s, %.1f s ago\n", first_text, age_s);
        return;
    }
    fprintf(out, "; first %s, last %s; oldest %.1f s; %" PRIu64 " %s\n", first_text,
            sg_times_local(last, sg_reader_time_ns(snapshot, facts->last_tick), layout->ended_ns), age_s,
            facts->threads, facts->threads == 1 ? "thread" : "threads");
}

/* A line of several pieces with "; " between them. */
struct line {
    FILE *out;
    bool has_any;
};

static void add_piece(struct line *line)
{
    fputs(line->has_any ? "; " : "  ", line->out);
    line->has_any = true;
}

static void end_line(const struct line *line)
{
    if (line->has_any)
        fputc('\n', line->out);
}

/* "ESTABLISHED 488, CLOSE_WAIT 12" */
static void write_states(FILE *out, const struct sg_tallies *states)
{
    for (size_t i = 0; i < states->count; i++)
        fprintf(out, "%s%s %" PRIu64, i > 0 ? ", " : "", states->entries[i].name, states->entries[i].count);
}

static void write_peers(struct line *line, const struct sg_tallies *peers)
{
    if (peers->count == 0)
        return;
    add_piece(line);
    fputs(peers->count == 1 ? "peer " : "peers ", line->out);
    for (size_t i = 0; i < peers->count && i < ENTRIES_MAX; i++)
        fprintf(line->out, "%s%s (%" PRIu64 ")", i > 0 ? ", " : "", peers->entries[i].name,
                peers->entries[i].count);
    if (peers->count > ENTRIES_MAX)
        fprintf(line->out, " and %zu more", peers->count - ENTRIES_MAX);
}

/* "500 sockets", "3 curl.easy" */
static void write_kinds(FILE *out, const struct sg_tallies *kinds)
{
    for (size_t i = 0; i < kinds->count; i++) {
        const struct sg_tally *entry = &kinds->entries[i];
        bool is_word = strcmp(entry->name, "socket") == 0 || strcmp(entry->name, "wake-up pair") == 0;
        bool is_plural = is_word && entry->count != 1;
        fprintf(out, "%s%" PRIu64 " %s%s", i > 0 ? ", " : "", entry->count, entry->name,
                is_plural ? "s" : "");
    }
}

static void write_relations(FILE *out, const struct sg_leak *leak)
{
    const struct sg_facts *facts = &leak->facts;
    struct line line = {out, false};
    write_peers(&line, &facts->peers);
    if (facts->owns.count > 0) {
        add_piece(&line);
        fputs("holds ", out);
        write_kinds(out, &facts->owns);
        if (facts->states.count > 0 && !is_descriptor(leak)) {
            fputs(" (", out);
            write_states(out, &facts->states);
            fputc(')', out);
        }
    }
    if (facts->states.count > 0 && is_descriptor(leak) && leak->counts) {
        add_piece(&line);
        fputs("state ", out);
        write_states(out, &facts->states);
    }
    if (facts->members.count > 0) {
        add_piece(&line);
        fputs("members ", out);
        write_kinds(out, &facts->members);
    }
    if (facts->users.count > 0) {
        add_piece(&line);
        fputs("shared by ", out);
        write_kinds(out, &facts->users);
    }
    if (facts->never_used > 0) {
        add_piece(&line);
        if (facts->never_used == facts->count)
            fputs("never used", out);
        else
            fprintf(out, "%" PRIu64 " never used", facts->never_used);
    }
    end_line(&line);
}

/* The library inside which they were opened, from the frames before the one
 * to look at: "libcurl" of libcurl.so.4. */
static void write_orphans(FILE *out, const struct sg_leak *leak)
{
    if (leak->facts.orphans == 0)
        return;
    const struct sg_frame *frame = leak->frames_count > 0 ? leak->frames[0] : NULL;
    bool is_family = frame && frame->module && (frame->module->flags & SG_MODULE_FAMILY);
    const char *name = is_family ? sg_frame_module_name(frame) : NULL;
    const char *suffix = name ? strstr(name, ".so") : NULL;
    fputs("  ", out);
    if (leak->facts.orphans < leak->facts.count)
        fprintf(out, "%" PRIu64 " of them ", leak->facts.orphans);
    fprintf(out, "opened by %.*s for a session that is closed\n",
            name ? (int)(suffix ? suffix - name : (long)strlen(name)) : 9, name ? name : "a library");
}

/* The stack is one of the parent's, which may have been another part of the program. */
static void write_origin(FILE *out, const struct sg_leak *leak)
{
    if (leak->is_inherited)
        fputs("  opened by the parent process, which is gone, and inherited from it\n", out);
}

static const char *reason_text(enum sg_reason reason)
{
    static const char *const texts[SG_REASONS] = {
        [SG_REASON_IN_USE] = "in use",
        [SG_REASON_UNLOADED] = "its library was unloaded",
        [SG_REASON_REFUSED] = "the library refused",
        [SG_REASON_TIMEOUT] = "timed out",
        [SG_REASON_OWNED] = "its session could not be closed",
        [SG_REASON_NO_CLOSE] = "no safe way to close it",
        [SG_REASON_SHARED] = "a child process uses it too",
        [SG_REASON_SEVERED] = "the program closed its descriptor",
        [SG_REASON_FORM] = "closing would call the program's own code",
        [SG_REASON_INHERITED] = "inherited from the parent process",
        [SG_REASON_CALLBACK] = "closing would call the program's own code",
        [SG_REASON_THREADS] = "other threads run",
    };
    return reason < SG_REASONS ? texts[reason] : NULL;
}

/* "auto-closed 498; skipped 2 (in use)" */
static void write_outcomes(FILE *out, const struct sg_leak *leak)
{
    static const char *const words[] = {"left open",
                                        "auto-closed",
                                        "skipped",
                                        "could not close",
                                        "closed only by the interpreter's end:",
                                        "closed only by the garbage collector:"};
    struct line line = {out, false};
    uint64_t counts[SG_OUTCOMES][SG_REASONS] = {{0}};
    for (size_t i = 0; i < leak->parts_count; i++)
        counts[leak->parts[i].outcome][leak->parts[i].reason] += leak->parts[i].facts.count;
    if (counts[SG_OUTCOME_OPEN][SG_REASON_NONE] == leak->facts.count)
        return;
    static const enum sg_outcome order[] = {SG_OUTCOME_CLOSED,    SG_OUTCOME_SKIPPED,  SG_OUTCOME_FAILED,
                                            SG_OUTCOME_COLLECTED, SG_OUTCOME_SHUTDOWN, SG_OUTCOME_OPEN};
    for (size_t i = 0; i < SG_COUNT(order); i++)
        for (unsigned reason = 0; reason < SG_REASONS; reason++) {
            if (counts[order[i]][reason] == 0)
                continue;
            add_piece(&line);
            fprintf(out, "%s %" PRIu64, words[order[i]], counts[order[i]][reason]);
            if (reason_text((enum sg_reason)reason))
                fprintf(out, " (%s)", reason_text((enum sg_reason)reason));
        }
    end_line(&line);
}

static bool could_share(const struct sg_leak *leak)
{
    const struct sg_facts *facts = &leak->facts;
    /* What was never used has no peer that could differ. */
    return !is_descriptor(leak) && facts->peers.count == 1 &&
           facts->peers.entries[0].count >= SHARING_COUNT &&
           facts->peers.entries[0].count + facts->never_used >= facts->count;
}

/* A session serves many uses at once; a database connection one. */
static void write_cure(FILE *out, const struct sg_leak *leak)
{
    bool is_alone = (leak->kind->flags & SG_KIND_ALONE) != 0;
    fprintf(out, "  one %s would do: all talk to the same peer", is_alone ? "pool" : "shared session");
    if (leak->peak_in_use > 0)
        fprintf(out, ", and at most %" PRIu64 " %s in use at once", leak->peak_in_use,
                leak->peak_in_use == 1 ? "was" : "were");
    fputc('\n', out);
}

/* A line to paste into a suppressions file. "main" is in every stack of the
 * main thread, and a frame without a name has nothing to match: then the id
 * says it exactly. */
static void write_advice(FILE *out, const struct sg_leak *leak)
{
    const struct sg_frame *frame = leak->frames_count > 0 ? leak->frames[leak->look_at] : NULL;
    const char *function = frame ? frame->function : NULL;
    fputs("  ", out);
    if (leak->kind->close_with[0] != '\0')
        fprintf(out, "close with %s(); or ", leak->kind->close_with);
    if (function && strcmp(function, "main") != 0)
        fprintf(out, "suppress: %s[max=%" PRIu64 "]:%s\n", leak->kind->name, leak->facts.count, function);
    else
        fprintf(out, "suppress: id[max=%" PRIu64 "]:%016" PRIx64 "\n", leak->facts.count, leak->id);
}

void sg_text_leak_write(FILE *out, const struct sg_report *report, const struct sg_leak *leak, bool has_color)
{
    write_title(out, leak, has_color);
    sg_text_stack_write(out, report, leak, has_color);
    write_times(out, report, leak);
    write_relations(out, leak);
    write_origin(out, leak);
    write_orphans(out, leak);
    write_outcomes(out, leak);
    if (could_share(leak))
        write_cure(out, leak);
    write_advice(out, leak);
}
