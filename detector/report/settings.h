/* The options of one report, with their paths resolved.
 *
 * Layer:   9
 * Threads: filled once, then only read.
 * Memory:  paths are in the caller's pool.
 * Fails:   bad options in a snapshot were reported by the process that wrote
 *          it; here they are skipped silently.
 */
#ifndef SG_REPORT_SETTINGS_H
#define SG_REPORT_SETTINGS_H

#include "../options.h"
#include "reader.h"

struct sg_settings {
    struct sg_options options;
    const char *suppressions; /* path, or NULL */
    const char *output;       /* path, or NULL */
    const char *log_path;     /* path, or NULL */
    int output_descriptor;    /* where `output` names one, by its number here; -1 it does not */
    int log_descriptor;       /* the same of `log_path` */
    const char *directory;    /* absolute; file names below it are shown relative to it, NULL unknown */
    bool is_asked;            /* a person asked for this report: also say when it is clean */
};

/* Takes the options of the snapshot. Relative paths are taken from the
 * directory that the process started in; %p and %n are replaced. */
void sg_settings_take(struct sg_settings *settings, struct sg_pool *pool, const struct sg_snapshot *snapshot);

/* The name that the process is called by in texts: argv[0] as it was typed. */
const char *sg_settings_program(struct sg_pool *pool, const struct sg_snapshot *snapshot);

/* "warn", "silence", "auto-close" or "off". */
const char *sg_settings_mode_word(int mode);

#endif
