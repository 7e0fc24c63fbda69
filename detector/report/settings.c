#include "settings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A path with %p and %n replaced, taken from `directory` where it is
 * relative. NULL for an empty one. */
static const char *resolve(struct sg_pool *pool, const struct sg_snapshot *snapshot, const char *path,
                           const char *directory, bool adds_pid)
{
    if (path[0] == '\0')
        return NULL;
    char *result = "";
    bool has_pid = false;
    for (const char *at = path; *at != '\0';) {
        size_t plain = strcspn(at, "%");
        result = sg_pool_format(pool, "%s%.*s", result, (int)plain, at);
        at += plain;
        if (*at == '\0')
            break;
        if (at[1] == 'p') {
            result = sg_pool_format(pool, "%s%d", result, snapshot->layout->pid);
            has_pid = true;
        } else if (at[1] == 'n') {
            const char *name = sg_settings_program(pool, snapshot);
            const char *slash = strrchr(name, '/');
            result = sg_pool_format(pool, "%s%s", result, slash ? slash + 1 : name);
        } else {
            result = sg_pool_format(pool, "%s%%", result);
            at++;
            continue;
        }
        at += 2;
    }
    if (adds_pid && !has_pid)
        result = sg_pool_format(pool, "%s.%d", result, snapshot->layout->pid);
    if (result[0] == '/' || !directory)
        return result;
    return sg_pool_format(pool, "%s/%s", directory, result);
}

void sg_settings_take(struct sg_settings *settings, struct sg_pool *pool, const struct sg_snapshot *snapshot)
{
    memset(settings, 0, sizeof(*settings));
    sg_options_init(&settings->options);
    const char *text = sg_reader_raw(snapshot, pool, snapshot->layout->options);
    if (text)
        sg_options_parse(&settings->options, text, "snapshot", NULL, NULL);
    const char *directory = sg_reader_raw(snapshot, pool, snapshot->layout->cwd);
    if (!directory || directory[0] != '/') {
        char here[4096];
        directory = getcwd(here, sizeof(here)) ? sg_pool_copy(pool, here, strlen(here)) : NULL;
    }
    settings->directory = directory;
    settings->suppressions = resolve(pool, snapshot, settings->options.suppressions, directory, false);
    settings->output = resolve(pool, snapshot, settings->options.output, directory, false);
    settings->log_path = resolve(pool, snapshot, settings->options.log_path, directory, true);
}

const char *sg_settings_program(struct sg_pool *pool, const struct sg_snapshot *snapshot)
{
    const char *name = sg_reader_text(snapshot, pool, snapshot->layout->argv0);
    if (!name || name[0] == '\0')
        name = sg_reader_text(snapshot, pool, snapshot->layout->exe);
    return name && name[0] != '\0' ? name : "an unknown program";
}

const char *sg_settings_mode_word(int mode)
{
    switch (mode) {
    case SG_MODE_SILENCE:
        return "silence";
    case SG_MODE_AUTO_CLOSE:
        return "auto-close";
    case SG_MODE_OFF:
        return "off";
    default:
        return "warn";
    }
}
