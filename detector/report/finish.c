#include "finish.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compose.h"
#include "destination.h"

#define NOT_OPEN INT_MAX

struct finish {
    struct sg_report report;
    struct sg_settings settings;
    int error_descriptor;
    bool may_write_errors; /* descriptor 2 is what it was at start-up */
    bool is_silent;
    bool has_failed; /* a file did not take its report */
    int output, log; /* descriptors that the options name; -1 files, NOT_OPEN what is not there */
    char taken[SG_OUTFILE_NAME_MAX]; /* where `output` went */
};

/* Writes to stderr; nothing to write is success. */
static bool tell(const struct finish *finish, const char *text)
{
    if (!text)
        return true;
    return finish->may_write_errors && sg_destination_write(finish->error_descriptor, text, strlen(text));
}

static void tell_line(void *context, const char *line)
{
    char *text = NULL;
    if (asprintf(&text, "%s\n", line) < 0)
        return;
    tell(context, text);
    free(text);
}

/* `descriptor` is what the path stands for, -1 a file, or NOT_OPEN. Takes the
 * text over. */
static void append(struct finish *finish, const char *path, int descriptor, char *text)
{
    char problem[SG_DESTINATION_PROBLEM_MAX];
    bool is_written = true;
    if (text && descriptor < 0) {
        is_written = sg_destination_append(path, text, strlen(text), finish->taken, problem);
    } else if (text) {
        bool is_open = descriptor != NOT_OPEN;
        is_written = is_open && sg_destination_write(descriptor, text, strlen(text));
        snprintf(problem, sizeof problem, "sessguard: cannot write the report to %s: %s", path,
                 is_open ? strerror(errno) : "is closed, or another file, or a client's connection");
        snprintf(finish->taken, sizeof finish->taken, "%s", path);
    }
    if (!is_written) {
        finish->has_failed = true;
        if (!finish->is_silent || finish->report.totals.leaked > 0)
            tell_line(finish, problem);
    }
    free(text);
}

static void write_files(struct finish *finish)
{
    const struct sg_settings *settings = &finish->settings;
    bool is_forced = settings->options.report_clean != 0;
    if (settings->log_path)
        append(finish, settings->log_path, finish->log, sg_compose_text(&finish->report, finish->log));
    if (settings->output)
        append(finish, settings->output, finish->output,
               sg_compose_format(&finish->report, finish->output, is_forced));
}

/* True if whoever reads stderr has just got the report there. */
static bool is_on_stderr(const struct finish *finish)
{
    return finish->output >= 0 && sg_destination_is_same(finish->output, finish->error_descriptor);
}

/* What stderr gets when all went well. */
static char *compose_errors(const struct finish *finish)
{
    const struct sg_settings *settings = &finish->settings;
    if (settings->log_path || (settings->output && is_on_stderr(finish)))
        return NULL;
    if (settings->output && finish->report.totals.leaked + finish->report.totals.forgiven > 0)
        return sg_compose_pointer(&finish->report, finish->taken);
    return sg_compose_text(&finish->report, finish->error_descriptor);
}

static int write_report(struct finish *finish)
{
    int verdict = finish->report.totals.leaked > 0 ? SG_VERDICT_LEAKS : SG_VERDICT_CLEAN;
    write_files(finish);
    char *text = NULL;
    if (!finish->is_silent)
        text = finish->has_failed ? sg_compose_text(&finish->report, finish->error_descriptor)
                                  : compose_errors(finish);
    bool was_told = tell(finish, text);
    free(text);
    /* Where stderr is gone and no file was asked for, nobody else could do
     * better: the verdict still stands. A file that failed is another matter,
     * as somebody waits for it. */
    if (finish->has_failed && !(was_told && finish->may_write_errors))
        return SG_VERDICT_UNWRITTEN;
    return verdict;
}

/* True if names of functions make a difference to somebody: a reader, or a
 * suppression that the verdict depends on. */
static bool has_use_for_names(const struct finish *finish, struct sg_pool *pool,
                              const struct sg_snapshot *snapshot)
{
    const struct sg_settings *settings = &finish->settings;
    return !finish->is_silent || settings->output || settings->log_path || settings->suppressions ||
           sg_reader_raw(snapshot, pool, snapshot->layout->suppressions);
}

static int descriptor_of(int descriptor, const struct sg_snapshot *snapshot, uint32_t flag)
{
    bool is_missing = descriptor >= 0 && !(snapshot->layout->flags & flag);
    return is_missing ? NOT_OPEN : descriptor;
}

int sg_finish_run(int snapshot_descriptor, int error_descriptor)
{
    struct sg_snapshot snapshot;
    struct finish finish = {.error_descriptor = error_descriptor, .may_write_errors = true};
    sg_destination_ignore_signals();
    if (!sg_reader_open(&snapshot, snapshot_descriptor, true)) {
        char line[SG_READER_MESSAGE_MAX + 64];
        snprintf(line, sizeof(line), "sessguard: the snapshot on descriptor %d %s", snapshot_descriptor,
                 snapshot.message);
        tell_line(&finish, line);
        return SG_VERDICT_UNWRITTEN;
    }
    struct sg_pool pool = {0};
    finish.may_write_errors = (snapshot.layout->flags & SG_FLAG_STDERR_USABLE) != 0;
    sg_settings_take(&finish.settings, &pool, &snapshot);
    finish.output = descriptor_of(finish.settings.output_descriptor, &snapshot, SG_FLAG_OUTPUT_OPEN);
    finish.log = descriptor_of(finish.settings.log_descriptor, &snapshot, SG_FLAG_LOG_OPEN);
    finish.is_silent =
        finish.settings.options.mode == SG_MODE_SILENCE || finish.settings.options.mode == SG_MODE_OFF;
    if (!has_use_for_names(&finish, &pool, &snapshot))
        finish.settings.options.symbolize = 0;
    sg_report_make(&finish.report, &pool, &snapshot, &finish.settings, tell_line, &finish);
    int verdict = write_report(&finish);
    sg_pool_free(&pool);
    sg_reader_close(&snapshot);
    return verdict;
}
