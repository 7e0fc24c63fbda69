#include "settings.h"

#include <string.h>
#include <unistd.h>

#include "../outfile.h"

/* A path with %p and %n replaced, taken from `directory` where it is
 * relative. NULL for an empty one. */
static const char *resolve(struct sg_pool *pool, const struct sg_snapshot *snapshot, const char *path,
                           const char *directory, bool adds_pid)
{
    char name[SG_OUTFILE_NAME_MAX];
    struct sg_outfile_about about = {directory, sg_settings_program(pool, snapshot), snapshot->layout->pid,
                                     adds_pid};
    if (path[0] == '\0')
        return NULL;
    (void)sg_outfile_name(name, path, &about); /* opening what was cut will say that it is too long */
    return sg_pool_copy(pool, name, strlen(name));
}

/* The numbers of the watched process mean nothing to us; what they stood for
 * was put where we expect it. */
static int descriptor_of(const char *path, int here)
{
    return path && sg_outfile_descriptor(path) >= 0 ? here : -1;
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
    settings->output_descriptor = descriptor_of(settings->output, SG_OUTPUT_DESCRIPTOR);
    settings->log_descriptor = descriptor_of(settings->log_path, SG_LOG_DESCRIPTOR);
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
