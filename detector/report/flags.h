/* The options as flags of the command: `--key=value` or `--key value` for each
 * option of options.def.
 *
 * Layer:   7
 * Threads: one; getopt keeps its place in global state.
 * Memory:  in the caller's pool.
 * Fails:   with one line on stderr.
 */
#ifndef SG_REPORT_FLAGS_H
#define SG_REPORT_FLAGS_H

#include <stdio.h>

#include "../options.h"
#include "pool.h"

struct sg_flags {
    const char *text; /* what was given, as SESSGUARD_OPTIONS would spell it */
    char **files;     /* the other arguments */
    size_t files_count;
    bool wants_help;
    bool is_good; /* what sg_flags_parse() returned */
};

/* `arguments[0]` is the command's word. */
bool sg_flags_parse(struct sg_flags *flags, struct sg_pool *pool, int count, char **arguments);

/* Lists the commands and the options. Returns 0. */
int sg_flags_help(FILE *out);

#endif
