#include "compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "text.h"
#include "utf8.h"

static bool has_color(const struct sg_report *report, int descriptor)
{
    const char *terminal;
    const char *refusal;
    switch (report->settings->options.color) {
    case SG_COLOR_ALWAYS:
        return true;
    case SG_COLOR_NEVER:
        return false;
    default:
        terminal = getenv("TERM");
        refusal = getenv("NO_COLOR");
        return descriptor >= 0 && isatty(descriptor) && !(terminal && strcmp(terminal, "dumb") == 0) &&
               !(refusal && refusal[0] != '\0');
    }
}

/* Closes the stream and gives its text, NULL for none. */
static char *finish(FILE *stream, char **text, const size_t *length)
{
    bool has_failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || has_failed || *length == 0) {
        free(*text);
        return NULL;
    }
    return *text;
}

char *sg_compose_text(const struct sg_report *report, int descriptor)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return NULL;
    sg_text_write(stream, report, has_color(report, descriptor));
    return finish(stream, &text, &length);
}

static char *compose_clean(const struct sg_report *report)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return NULL;
    sg_text_write_clean(stream, report);
    return finish(stream, &text, &length);
}

char *sg_compose_format(const struct sg_report *report, int descriptor, bool is_forced)
{
    if (report->settings->options.format == SG_FORMAT_JSON)
        return report->totals.leaked + report->totals.forgiven > 0 || is_forced ? sg_json_write(report)
                                                                                : NULL;
    char *text = sg_compose_text(report, descriptor);
    return text || !is_forced ? text : compose_clean(report);
}

char *sg_compose_pointer(const struct sg_report *report, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    struct sg_pool pool = {0};
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return NULL;
    sg_text_write_headline(stream, report);
    fprintf(stream, "; report in %s\n", sg_utf8_clean(&pool, path, strlen(path)));
    sg_pool_free(&pool);
    return finish(stream, &text, &length);
}
