#include "show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compose.h"
#include "destination.h"
#include "flags.h"

static void complain(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line);
}

/* The parser of options names the source only. */
static void complain_of_flag(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "sessguard: %s\n", line);
}

/* Flags are relative to where the command is run, not to where the process
 * ran, so their paths are taken as they are. */
static bool apply_flags(struct sg_settings *settings, struct sg_pool *pool, const char *flags)
{
    struct sg_options given;
    settings->options.format = SG_FORMAT_TEXT;
    settings->output = NULL;
    settings->log_path = NULL;
    settings->is_asked = true;
    sg_options_init(&given);
    if (sg_options_parse(&given, flags, "flags", complain_of_flag, NULL) > 0)
        return false;
    sg_options_parse(&settings->options, flags, "flags", NULL, NULL);
    if (given.suppressions[0] != '\0')
        settings->suppressions = sg_pool_copy(pool, given.suppressions, strlen(given.suppressions));
    if (given.output[0] != '\0')
        settings->output = sg_pool_copy(pool, given.output, strlen(given.output));
    if (given.log_path[0] != '\0')
        settings->log_path = sg_pool_copy(pool, given.log_path, strlen(given.log_path));
    return true;
}

/* To the file, or to stdout without one. Takes the text over. */
static bool put(const char *path, char *text)
{
    char taken[SG_OUTFILE_NAME_MAX];
    char problem[SG_DESTINATION_PROBLEM_MAX];
    int descriptor = path ? sg_outfile_descriptor(path) : STDOUT_FILENO;
    bool is_put = false;
    if (!text)
        fputs("sessguard: out of memory while writing the report\n", stderr);
    else if (descriptor < 0)
        is_put = sg_destination_append(path, text, strlen(text), taken, problem);
    else
        is_put = sg_destination_write(descriptor, text, strlen(text));
    if (text && !is_put && descriptor < 0)
        fprintf(stderr, "%s\n", problem);
    else if (text && !is_put)
        fprintf(stderr, "sessguard: cannot write the report to %s\n", path ? path : "stdout");
    free(text);
    return is_put;
}

static int show(const struct sg_snapshot *snapshot, struct sg_pool *pool, const char *flags)
{
    struct sg_settings settings;
    struct sg_report report;
    sg_settings_take(&settings, pool, snapshot);
    if (!apply_flags(&settings, pool, flags))
        return SG_SHOW_BAD;
    sg_report_make(&report, pool, snapshot, &settings, complain, NULL);
    bool is_put = true;
    if (settings.log_path)
        is_put = put(settings.log_path, sg_compose_text(&report, -1));
    if (settings.output || !settings.log_path)
        is_put =
            put(settings.output, sg_compose_format(&report, settings.output ? -1 : STDOUT_FILENO, true)) &&
            is_put;
    if (!is_put)
        return SG_SHOW_BAD;
    return report.totals.leaked > 0 ? SG_SHOW_LEAKS : SG_SHOW_CLEAN;
}

int sg_show_run(int count, char **arguments)
{
    struct sg_pool pool = {0};
    struct sg_snapshot snapshot;
    struct sg_flags flags;
    int status = SG_SHOW_BAD;
    sg_destination_ignore_signals();
    if (!sg_flags_parse(&flags, &pool, count, arguments) || flags.wants_help || flags.files_count != 1) {
        if (flags.wants_help)
            status = sg_flags_help(stdout);
        else if (flags.is_good)
            fprintf(stderr, "sessguard: report takes one snapshot file (got %zu); see: sessguard help\n",
                    flags.files_count);
        sg_pool_free(&pool);
        return status;
    }
    int descriptor = open(flags.files[0], O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) {
        fprintf(stderr, "sessguard: cannot open %s: %s\n", flags.files[0], strerror(errno));
    } else if (!sg_reader_open(&snapshot, descriptor, false)) {
        fprintf(stderr, "sessguard: %s %s\n", flags.files[0], snapshot.message);
    } else {
        status = show(&snapshot, &pool, flags.text);
        sg_reader_close(&snapshot);
    }
    if (descriptor >= 0)
        close(descriptor);
    sg_pool_free(&pool);
    return status;
}
