/* The options: one list (options.def), one parser, used by the preloaded
 * library and by the command.
 *
 * Layer:   2
 * Threads: a struct sg_options is filled by one thread and then only read.
 * Memory:  fixed size; text values longer than SG_OPTION_TEXT_MAX are refused.
 * Fails:   bad input is reported through the callback and leaves the default.
 */
#ifndef SG_OPTIONS_H
#define SG_OPTIONS_H

#include "base.h"

#define SG_OPTION_TEXT_MAX 1024

enum sg_mode { SG_MODE_WARN, SG_MODE_SILENCE, SG_MODE_AUTO_CLOSE, SG_MODE_OFF };
enum sg_format { SG_FORMAT_TEXT, SG_FORMAT_JSON };
enum sg_color { SG_COLOR_AUTO, SG_COLOR_ALWAYS, SG_COLOR_NEVER };

struct sg_options {
#define SG_MODE(name, initial, help) int name;
#define SG_CHOICE(name, initial, words, help) int name;
#define SG_TEXT(name, initial, help) char name[SG_OPTION_TEXT_MAX];
#define SG_NUMBER(name, initial, least, most, help) int name;
#define SG_BOOL(name, initial, help) int name;
#include "options.def"
#undef SG_MODE
#undef SG_CHOICE
#undef SG_TEXT
#undef SG_NUMBER
#undef SG_BOOL
};

/* Called with one complete line, without a newline, for each piece of bad
 * input. `context` is the caller's own. */
typedef void sg_options_complain(void *context, const char *line);

/* Sets every option to its default. */
void sg_options_init(struct sg_options *options);

/* Takes over `text`, which is "key=value:key=value"; a value may stand in
 * single or double quotes. `source` names the text in complaints
 * ("SESSGUARD_OPTIONS"). Bad parts are complained of, with what is allowed,
 * and skipped. `complain` may be NULL. Returns the number of bad parts. */
int sg_options_parse(struct sg_options *options, const char *text, const char *source,
                     sg_options_complain *complain, void *context);

/* Takes over a mode word, as SESSGUARD_MODE has it. The same rules. */
int sg_options_parse_mode(struct sg_options *options, const char *word, const char *source,
                          sg_options_complain *complain, void *context);

/* Writes the options that differ from their defaults, and `mode` always, in
 * the form that sg_options_parse() reads. Returns the length; the result is
 * cut and terminated if `size` is too small. */
size_t sg_options_print(const struct sg_options *options, char *buffer, size_t size);

/* Calls `line` once for each option with its help, for `help=1`. */
void sg_options_help(sg_options_complain *line, void *context);

/* True if `kinds` asks for this kind ("curl.easy") or its family. */
bool sg_options_want_kind(const struct sg_options *options, const char *kind);

#endif
