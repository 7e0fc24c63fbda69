#include "flags.h"

#include <getopt.h>
#include <string.h>

/* `help` is a flag without a value here and shows the help: the first entry of
 * a name is the one that counts. */
static const struct option table[] = {
    {"help", no_argument, NULL, 'h'},
#define SG_MODE(name, initial, text) {#name, required_argument, NULL, 0},
#define SG_CHOICE(name, initial, words, text) {#name, required_argument, NULL, 0},
#define SG_TEXT(name, initial, text) {#name, required_argument, NULL, 0},
#define SG_NUMBER(name, initial, least, most, text) {#name, required_argument, NULL, 0},
#define SG_BOOL(name, initial, text) {#name, required_argument, NULL, 0},
#include "../options.def"
#undef SG_MODE
#undef SG_CHOICE
#undef SG_TEXT
#undef SG_NUMBER
#undef SG_BOOL
    {NULL, 0, NULL, 0},
};

/* Adds one option in the form that sg_options_parse() reads, which knows two
 * kinds of quotes and no escapes. */
static bool add(struct sg_flags *flags, struct sg_pool *pool, const char *key, const char *value)
{
    char quote = strchr(value, '"') ? '\'' : '"';
    if (strchr(value, quote)) {
        fprintf(stderr, "sessguard: --%s: a value cannot hold both kinds of quotes\n", key);
        return false;
    }
    flags->text = sg_pool_format(pool, "%s%s%s=%c%s%c", flags->text, flags->text[0] ? ":" : "", key, quote,
                                 value, quote);
    return true;
}

static bool parse(struct sg_flags *flags, struct sg_pool *pool, int count, char **arguments)
{
    int index = 0;
    int letter;
    opterr = 0;
    optind = 0;
    while ((letter = getopt_long(count, arguments, ":h", table, &index)) != -1) {
        if (letter == 'h') {
            flags->wants_help = true;
        } else if (letter == ':' || letter == '?') {
            const char *what = letter == ':' ? "needs a value" : "is no option, or stands for several";
            fprintf(stderr, "sessguard: %s %s; see: sessguard help\n", arguments[optind - 1], what);
            return false;
        } else if (!add(flags, pool, table[index].name, optarg)) {
            return false;
        }
    }
    flags->files = arguments + optind;
    flags->files_count = (size_t)(count - optind);
    return true;
}

bool sg_flags_parse(struct sg_flags *flags, struct sg_pool *pool, int count, char **arguments)
{
    *flags = (struct sg_flags){.text = ""};
    flags->is_good = parse(flags, pool, count, arguments);
    return flags->is_good;
}

/* Prints a paragraph with lines of at most 80 columns. */
static void print_wrapped(FILE *out, const char *text)
{
    const size_t indent = 6;
    size_t column = 0;
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (column == 0 || column + 1 + word > 80) {
            fprintf(out, "%s%*s", column > 0 ? "\n" : "", (int)indent, "");
            column = indent;
        } else {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, word, out);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_number(FILE *out, const char *name, long initial, long least, long most, const char *text)
{
    fprintf(out, "  --%s=NUMBER (%ld; %ld to %ld)\n", name, initial, least, most);
    print_wrapped(out, text);
}

static void print_bool(FILE *out, const char *name, int initial, const char *text)
{
    fprintf(out, "  --%s=0|1 (%d)\n", name, initial);
    print_wrapped(out, text);
}

static void print_text(FILE *out, const char *name, const char *initial, const char *text)
{
    fprintf(out, "  --%s=TEXT (%s)\n", name, initial[0] != '\0' ? initial : "none");
    print_wrapped(out, text);
}

/* `words` are "text|json", `initial` is the number of one of them. */
static void print_choice(FILE *out, const char *name, int initial, const char *words, const char *text)
{
    const char *word = words;
    for (int i = 0; i < initial && strchr(word, '|'); i++)
        word = strchr(word, '|') + 1;
    fprintf(out, "  --%s=%s (%.*s)\n", name, words, (int)strcspn(word, "|"), word);
    print_wrapped(out, text);
}

int sg_flags_help(FILE *out)
{
    fputs("sessguard " SG_VERSION ": finds sessions and connections that are never closed\n\n"
          "To watch a program:\n"
          "  LD_PRELOAD=/path/to/libsessguard.so [SESSGUARD_OPTIONS=KEY=VALUE:KEY=VALUE] PROGRAM\n"
          "\n"
          "Commands:\n"
          "  sessguard report FILE [--KEY=VALUE ...]\n"
          "      Shows a snapshot (FILE.PID.snap), which a watched program leaves behind\n"
          "      where it could not start this command. Status 0: nothing leaked, 23:\n"
          "      something did, 2: bad input.\n"
          "  sessguard help\n"
          "  sessguard --version\n"
          "\n"
          "Options, with their defaults. Those that are only about watching make no\n"
          "difference to `report`: mode, exitcode, help, frames, helper, report_clean,\n"
          "kinds, check_stacks and close_timeout_ms.\n\n",
          out);
#define SG_MODE(name, initial, text) print_choice(out, #name, initial, "warn|silence|auto-close|off", text);
#define SG_CHOICE(name, initial, words, text) print_choice(out, #name, initial, words, text);
#define SG_TEXT(name, initial, text) print_text(out, #name, initial, text);
#define SG_NUMBER(name, initial, least, most, text) print_number(out, #name, initial, least, most, text);
#define SG_BOOL(name, initial, text) print_bool(out, #name, initial, text);
#include "../options.def"
#undef SG_MODE
#undef SG_CHOICE
#undef SG_TEXT
#undef SG_NUMBER
#undef SG_BOOL
    return 0;
}
