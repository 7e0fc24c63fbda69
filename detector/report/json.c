#include "json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "times.h"

#define SCHEMA 1

/* Twelve digits show an age in seconds as it was rounded. */
#define FORM JSON_REAL_PRECISION(12)

/* Ten thousand stacks have few distinct frames: each is made into text once,
 * and objects are put together from their parts' texts. jansson's setters take
 * a value over also when they fail, and pass on a value that could not be made:
 * one look at the end is enough. */
struct writer {
    const struct sg_report *report;
    FILE *out;
    char **frames; /* texts by number */
    bool has_failed;
};

static void set(struct writer *writer, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        writer->has_failed = true;
}

static json_t *text_or_null(const char *text) { return text ? json_string(text) : json_null(); }

static json_t *number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *number_or_null(uint64_t value) { return value > 0 ? number(value) : json_null(); }

static json_t *hex(uint64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return json_string(text);
}

static json_t *time_text(uint64_t real_ns)
{
    char buffer[SG_TIMES_SIZE];
    return json_string(sg_times_utc(buffer, real_ns));
}

static json_t *frame_object(struct writer *writer, const struct sg_frame *frame)
{
    char buffer[SG_FRAME_BUILD_ID_MAX];
    json_t *object = json_object();
    set(writer, object, "pc", frame->is_script ? json_null() : hex(frame->pc));
    set(writer, object, "function", text_or_null(frame->function));
    set(writer, object, "file", text_or_null(frame->file));
    set(writer, object, "line", number_or_null(frame->line));
    set(writer, object, "column", number_or_null(frame->column));
    set(writer, object, "module", text_or_null(frame->module_path));
    set(writer, object, "offset", frame->is_script ? json_null() : hex(frame->offset));
    set(writer, object, "build_id", text_or_null(sg_frame_build_id(frame, buffer)));
    set(writer, object, "inlined", json_boolean(frame->is_inlined));
    set(writer, object, "language", text_or_null(frame->language));
    return object;
}

static const char *frame_text(struct writer *writer, const struct sg_frame *frame)
{
    char **text = &writer->frames[frame->number];
    if (!*text) {
        json_t *object = frame_object(writer, frame);
        *text = json_dumps(object, FORM);
        json_decref(object);
    }
    if (!*text)
        writer->has_failed = true;
    return *text ? *text : "";
}

/* Writes the members of an object without its braces, and drops it. */
static void write_members(struct writer *writer, json_t *object)
{
    if (json_dumpf(object, writer->out, FORM | JSON_EMBED) != 0)
        writer->has_failed = true;
    json_decref(object);
}

static json_t *tally_array(struct writer *writer, const struct sg_tallies *tallies, const char *key)
{
    json_t *array = json_array();
    for (size_t i = 0; i < tallies->count; i++) {
        json_t *entry = json_object();
        set(writer, entry, key, json_string(tallies->entries[i].name));
        set(writer, entry, "count", number(tallies->entries[i].count));
        if (json_array_append_new(array, entry) != 0)
            writer->has_failed = true;
    }
    return array;
}

static void set_facts(struct writer *writer, json_t *object, const struct sg_facts *facts)
{
    const struct sg_snapshot *snapshot = writer->report->snapshot;
    uint32_t ended = snapshot->layout->ended_tick;
    uint32_t age_ms = ended > facts->first_tick ? ended - facts->first_tick : 0;
    set(writer, object, "first", time_text(sg_reader_time_ns(snapshot, facts->first_tick)));
    set(writer, object, "last", time_text(sg_reader_time_ns(snapshot, facts->last_tick)));
    set(writer, object, "oldest_s", json_real(age_ms / 1000.0));
    set(writer, object, "threads", number(facts->threads));
}

static json_t *leak_object(struct writer *writer, const struct sg_leak *leak, const struct sg_part *part)
{
    const struct sg_facts *facts = &part->facts;
    const struct sg_place *place = leak->place;
    char id[17];
    json_t *object = json_object();
    snprintf(id, sizeof(id), "%016" PRIx64, leak->id);
    set(writer, object, "id", json_string(id));
    set(writer, object, "kind", json_string(leak->kind->name));
    set(writer, object, "family", json_stringn(leak->kind->name, strcspn(leak->kind->name, ".")));
    set(writer, object, "count", number(facts->count));
    set(writer, object, "opened_here", number(leak->opened));
    set(writer, object, "closed_here", number(leak->closed));
    set(writer, object, "peak", number(leak->peak));
    if (leak->kind->flags & SG_KIND_SCRIPT)
        set(writer, object, "peak_in_use", number(leak->peak_in_use));
    set_facts(writer, object, facts);
    if (place->flags & SG_PLACE_INCOMPLETE)
        set(writer, object, "incomplete", json_true());
    if (place->flags & SG_PLACE_CUT)
        set(writer, object, "cut", json_true());
    if (place->flags & SG_PLACE_SHORT)
        set(writer, object, "shortened", json_true());
    if (place->flags & SG_PLACE_NO_SCRIPT)
        set(writer, object, "no_python", json_true());
    set(writer, object, "peers", tally_array(writer, &facts->peers, "address"));
    set(writer, object, "owns", tally_array(writer, &facts->owns, "kind"));
    if (facts->members.count > 0)
        set(writer, object, "members", tally_array(writer, &facts->members, "kind"));
    if (facts->users.count > 0)
        set(writer, object, "shared_by", tally_array(writer, &facts->users, "kind"));
    set(writer, object, "state", tally_array(writer, &facts->states, "name"));
    set(writer, object, "never_used", number(facts->never_used));
    if (part->is_orphan)
        set(writer, object, "orphan", json_true());
    if (leak->is_inherited)
        set(writer, object, "inherited", json_true());
    if (!leak->counts || leak->rule || sg_report_is_forgiven(writer->report, leak, part))
        set(writer, object, "counts", json_false());
    set(writer, object, "outcome", json_string(sg_report_outcome_word(part->outcome)));
    if (part->reason != SG_REASON_NONE)
        set(writer, object, "reason", json_string(sg_report_reason_word(part->reason)));
    set(writer, object, "suppressed_by", text_or_null(leak->rule ? leak->rule->line : NULL));
    set(writer, object, "close_with",
        text_or_null(leak->kind->close_with[0] ? leak->kind->close_with : NULL));
    return object;
}

static void write_leak(struct writer *writer, const struct sg_leak *leak, const struct sg_part *part)
{
    fputc('{', writer->out);
    write_members(writer, leak_object(writer, leak, part));
    fputs(", \"stack\": [", writer->out);
    for (size_t i = 0; i < leak->frames_count; i++)
        fprintf(writer->out, "%s%s", i > 0 ? ", " : "", frame_text(writer, leak->frames[i]));
    fputs("]}", writer->out);
}

static void write_leaks(struct writer *writer)
{
    const char *separator = "";
    for (size_t i = 0; i < writer->report->leaks_count; i++)
        for (size_t k = 0; k < writer->report->leaks[i].parts_count; k++) {
            fputs(separator, writer->out);
            write_leak(writer, &writer->report->leaks[i], &writer->report->leaks[i].parts[k]);
            separator = ", ";
        }
}

static json_t *totals_object(struct writer *writer)
{
    const struct sg_totals *totals = &writer->report->totals;
    json_t *object = json_object();
    set(writer, object, "opened", number(totals->opened));
    set(writer, object, "open", number(totals->open));
    set(writer, object, "leaked", number(totals->leaked));
    set(writer, object, "suppressed", number(totals->suppressed));
    set(writer, object, "not_counted", number(totals->not_counted + totals->forgiven));
    set(writer, object, "handed_over", number(totals->handed));
    set(writer, object, "owned", number(totals->owned));
    set(writer, object, "closed_by_us", number(totals->closed));
    set(writer, object, "untracked", number(totals->untracked));
    if (totals->shortened > 0)
        set(writer, object, "shortened", number(totals->shortened));
    set(writer, object, "groups", number(totals->places));
    return object;
}

static json_t *stacks_object(struct writer *writer)
{
    const struct sg_stack_counts *stacks = &writer->report->snapshot->layout->stacks;
    json_t *object = json_object();
    set(writer, object, "walked", number(stacks->walked));
    set(writer, object, "known", number(stacks->known));
    set(writer, object, "wrong", number(stacks->wrong));
    return object;
}

static json_t *report_object(struct writer *writer)
{
    const struct sg_snapshot *snapshot = writer->report->snapshot;
    const struct sg_layout *layout = snapshot->layout;
    struct sg_pool pool = {0};
    json_t *object = json_object();
    set(writer, object, "schema", json_integer(SCHEMA));
    set(writer, object, "tool", json_string("sessguard"));
    set(writer, object, "version", json_string(SG_VERSION));
    set(writer, object, "pid", json_integer(layout->pid));
    set(writer, object, "ppid", json_integer(layout->ppid));
    set(writer, object, "exe", text_or_null(sg_reader_text(snapshot, &pool, layout->exe)));
    set(writer, object, "argv0", text_or_null(sg_reader_text(snapshot, &pool, layout->argv0)));
    set(writer, object, "run_id", json_null());
    set(writer, object, "mode", json_string(sg_settings_mode_word(writer->report->settings->options.mode)));
    set(writer, object, "started", time_text(layout->forked_ns ? layout->forked_ns : layout->started_ns));
    set(writer, object, "ended", time_text(layout->ended_ns));
    set(writer, object, "totals", totals_object(writer));
    char python[SG_REPORT_PYTHON_MAX];
    const char *why = sg_report_unread_python(layout, python);
    if (why) {
        json_t *unread = json_object();
        set(writer, unread, "version", text_or_null(*python ? python : NULL));
        set(writer, unread, "reason", json_string(why));
        set(writer, object, "unread_python", unread);
    }
    if (layout->stacks.walked > 0)
        set(writer, object, "stacks", stacks_object(writer));
    sg_pool_free(&pool);
    return object;
}

/* Frames are numbered from 0 on; one more than the highest is in use. */
static size_t count_frames(const struct sg_report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->leaks_count; i++)
        for (size_t k = 0; k < report->leaks[i].frames_count; k++)
            if (report->leaks[i].frames[k]->number >= count)
                count = (size_t)report->leaks[i].frames[k]->number + 1;
    return count;
}

char *sg_json_write(const struct sg_report *report)
{
    char *text = NULL;
    size_t length = 0;
    size_t count = count_frames(report);
    struct writer writer = {.report = report, .frames = calloc(count + 1, sizeof(char *))};
    if (!writer.frames)
        return NULL;
    writer.out = open_memstream(&text, &length);
    if (writer.out) {
        fputc('{', writer.out);
        write_members(&writer, report_object(&writer));
        fputs(", \"leaks\": [", writer.out);
        write_leaks(&writer);
        fputs("]}\n", writer.out);
        writer.has_failed = writer.has_failed || ferror(writer.out) != 0;
        if (fclose(writer.out) != 0 || writer.has_failed) {
            free(text);
            text = NULL;
        }
    }
    for (size_t i = 0; i < count; i++)
        free(writer.frames[i]);
    free(writer.frames);
    return text;
}
