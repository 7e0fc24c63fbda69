#include "options.h"
#include "out.h"

#include <string.h>

enum type { TYPE_MODE, TYPE_CHOICE, TYPE_TEXT, TYPE_NUMBER, TYPE_BOOL };

struct option {
    const char *name;
    enum type type;
    size_t offset;
    const char *words; /* of a choice; initial text of a text */
    int initial, least, most;
    const char *help;
};

static const struct option options_list[] = {
#define SG_MODE(name, initial, help)                                                                         \
    {#name, TYPE_MODE, offsetof(struct sg_options, name), "warn|silence|auto-close|off", initial, 0, 0, help},
#define SG_CHOICE(name, initial, words, help)                                                                \
    {#name, TYPE_CHOICE, offsetof(struct sg_options, name), words, initial, 0, 0, help},
#define SG_TEXT(name, initial, help)                                                                         \
    {#name, TYPE_TEXT, offsetof(struct sg_options, name), initial, 0, 0, 0, help},
#define SG_NUMBER(name, initial, least, most, help)                                                          \
    {#name, TYPE_NUMBER, offsetof(struct sg_options, name), NULL, initial, least, most, help},
#define SG_BOOL(name, initial, help)                                                                         \
    {#name, TYPE_BOOL, offsetof(struct sg_options, name), NULL, initial, 0, 1, help},
#include "options.def"
#undef SG_MODE
#undef SG_CHOICE
#undef SG_TEXT
#undef SG_NUMBER
#undef SG_BOOL
};

/* Words that other tools have made familiar: LeakSanitizer's name for the
 * depth of a stack, and the shorter spellings of modes. */
static const char *const name_aliases[][2] = {{"malloc_context_size", "frames"}};
static const char *const mode_aliases[][2] = {
    {"silent", "silence"}, {"close", "auto-close"}, {"autoclose", "auto-close"}};

/* A piece of the input, not terminated. */
struct piece {
    const char *text;
    size_t length;
};

static bool is(struct piece piece, const char *word)
{
    return strlen(word) == piece.length && memcmp(piece.text, word, piece.length) == 0;
}

static int *number_of(struct sg_options *options, const struct option *option)
{
    return (int *)(void *)((char *)options + option->offset);
}

static char *text_of(struct sg_options *options, const struct option *option)
{
    return (char *)options + option->offset;
}

/* Position of `piece` in "a|b|c", or -1. */
static int choose(struct piece piece, const char *words)
{
    for (int index = 0; *words; index++) {
        size_t length = strcspn(words, "|");
        if (length == piece.length && memcmp(words, piece.text, length) == 0)
            return index;
        words += length + (words[length] == '|');
    }
    return -1;
}

static bool parse_number(struct piece piece, int least, int most, int *result)
{
    long value = 0;
    if (piece.length == 0 || piece.length > 10)
        return false;
    for (size_t i = 0; i < piece.length; i++) {
        if (piece.text[i] < '0' || piece.text[i] > '9')
            return false;
        value = value * 10 + (piece.text[i] - '0');
    }
    if (value < least || value > most)
        return false;
    *result = (int)value;
    return true;
}

struct parse {
    struct sg_options *options;
    const char *source;
    sg_options_complain *complain;
    void *context;
    int bad;
};

/* Input can hold anything; a complaint shows it on one line of plain text. */
static void quote(struct sg_out *out, struct piece piece)
{
    sg_out_text(out, "\"");
    for (size_t i = 0; i < piece.length && i < 200; i++) {
        unsigned char byte = (unsigned char)piece.text[i];
        char plain = (char)(byte < ' ' || byte == 127 ? '?' : byte);
        sg_out_bytes(out, &plain, 1);
    }
    sg_out_text(out, piece.length > 200 ? "...\"" : "\"");
}

static void describe_allowed(struct sg_out *out, const struct option *option)
{
    sg_out_text(out, "allowed: ");
    if (option->type == TYPE_MODE || option->type == TYPE_CHOICE) {
        sg_out_text(out, option->words);
    } else if (option->type == TYPE_TEXT) {
        sg_out_text(out, "up to ");
        sg_out_number(out, SG_OPTION_TEXT_MAX - 1);
        sg_out_text(out, " bytes");
    } else {
        sg_out_number(out, (uint64_t)option->least);
        sg_out_text(out, " to ");
        sg_out_number(out, (uint64_t)option->most);
    }
}

static void refuse_value(struct parse *parse, const struct option *option, struct piece value)
{
    char line[1024];
    struct sg_out out = sg_out_into(line, sizeof line);
    parse->bad++;
    sg_out_texts(&out, parse->source, ": bad value ", option->name, "=", NULL);
    quote(&out, value);
    sg_out_text(&out, "; ");
    describe_allowed(&out, option);
    if (parse->complain)
        parse->complain(parse->context, line);
}

static void refuse_name(struct parse *parse, struct piece name, const char *what)
{
    char line[1024];
    struct sg_out out = sg_out_into(line, sizeof line);
    parse->bad++;
    sg_out_texts(&out, parse->source, ": ", what, " ", NULL);
    quote(&out, name);
    sg_out_text(&out, "; allowed:");
    for (size_t i = 0; i < SG_COUNT(options_list); i++)
        sg_out_texts(&out, i ? ", " : " ", options_list[i].name, NULL);
    if (parse->complain)
        parse->complain(parse->context, line);
}

static void set(struct parse *parse, const struct option *option, struct piece value)
{
    int *number = number_of(parse->options, option);
    bool is_good = true;
    int chosen = 0;
    switch (option->type) {
    case TYPE_MODE:
        for (size_t i = 0; i < SG_COUNT(mode_aliases); i++)
            if (is(value, mode_aliases[i][0]))
                value = (struct piece){mode_aliases[i][1], strlen(mode_aliases[i][1])};
        /* fall through */
    case TYPE_CHOICE:
        chosen = choose(value, option->words);
        is_good = chosen >= 0;
        if (is_good)
            *number = chosen;
        break;
    case TYPE_TEXT:
        is_good = value.length < SG_OPTION_TEXT_MAX;
        if (is_good) {
            memcpy(text_of(parse->options, option), value.text, value.length);
            text_of(parse->options, option)[value.length] = '\0';
        }
        break;
    case TYPE_BOOL:
        if (is(value, "true") || is(value, "yes"))
            *number = 1;
        else if (is(value, "false") || is(value, "no"))
            *number = 0;
        else
            is_good = parse_number(value, 0, 1, number);
        break;
    case TYPE_NUMBER:
        is_good = parse_number(value, option->least, option->most, number);
        break;
    }
    if (!is_good)
        refuse_value(parse, option, value);
}

static const struct option *find(struct piece name)
{
    for (size_t i = 0; i < SG_COUNT(name_aliases); i++)
        if (is(name, name_aliases[i][0]))
            name = (struct piece){name_aliases[i][1], strlen(name_aliases[i][1])};
    for (size_t i = 0; i < SG_COUNT(options_list); i++)
        if (is(name, options_list[i].name))
            return &options_list[i];
    return NULL;
}

/* LSAN_OPTIONS separates by any of these. */
static bool is_separator(char c) { return c == ':' || c == ',' || c == ' ' || c == '\n' || c == '\t'; }

/* Takes the value off the input: quoted, or up to the next separator. */
static struct piece take_value(const char **at)
{
    struct piece value;
    if (**at == '\'' || **at == '"') {
        const char *end = strchr(*at + 1, **at);
        value.text = *at + 1;
        value.length = end ? (size_t)(end - value.text) : strlen(value.text);
        *at = value.text + value.length + (end ? 1 : 0);
        return value;
    }
    value.text = *at;
    while (**at && !is_separator(**at))
        (*at)++;
    value.length = (size_t)(*at - value.text);
    return value;
}

int sg_options_parse(struct sg_options *options, const char *text, const char *source,
                     sg_options_complain *complain, void *context)
{
    struct parse parse = {options, source, complain, context, 0};
    while (*text) {
        if (is_separator(*text)) {
            text++;
            continue;
        }
        struct piece name = {text, 0};
        while (*text && *text != '=' && !is_separator(*text))
            text++;
        name.length = (size_t)(text - name.text);
        const struct option *option = find(name);
        bool has_value = *text == '=';
        struct piece value = {text, 0};
        if (has_value) {
            text++;
            value = take_value(&text);
        }
        if (!option)
            refuse_name(&parse, name, "unknown option");
        else if (!has_value)
            refuse_value(&parse, option, value);
        else
            set(&parse, option, value);
    }
    return parse.bad;
}

int sg_options_parse_mode(struct sg_options *options, const char *word, const char *source,
                          sg_options_complain *complain, void *context)
{
    struct parse parse = {options, source, complain, context, 0};
    set(&parse, &options_list[0], (struct piece){word, strlen(word)});
    return parse.bad;
}

void sg_options_init(struct sg_options *options)
{
    memset(options, 0, sizeof *options);
    for (size_t i = 0; i < SG_COUNT(options_list); i++) {
        const struct option *option = &options_list[i];
        if (option->type == TYPE_TEXT)
            memcpy(text_of(options, option), option->words, strlen(option->words) + 1);
        else
            *number_of(options, option) = option->initial;
    }
}

static void print_word(struct sg_out *out, const char *words, int index)
{
    while (index-- > 0)
        words += strcspn(words, "|") + 1;
    sg_out_bytes(out, words, strcspn(words, "|"));
}

size_t sg_options_print(const struct sg_options *options, char *buffer, size_t size)
{
    struct sg_out out = sg_out_into(buffer, size);
    for (size_t i = 0; i < SG_COUNT(options_list); i++) {
        const struct option *option = &options_list[i];
        const char *text = (const char *)options + option->offset;
        int number = *(const int *)(const void *)text;
        if (option->type == TYPE_TEXT ? strcmp(text, option->words) == 0
                                      : option->type != TYPE_MODE && number == option->initial)
            continue;
        sg_out_texts(&out, out.length ? ":" : "", option->name, "=", NULL);
        if (option->type == TYPE_TEXT) {
            /* A value that holds both marks was not quoted when it was read. */
            const char *mark = !strchr(text, '"') ? "\"" : !strchr(text, '\'') ? "'" : "";
            sg_out_texts(&out, mark, text, mark, NULL);
        } else if (option->words) {
            print_word(&out, option->words, number);
        } else {
            sg_out_signed(&out, number);
        }
    }
    return out.length;
}

void sg_options_help(sg_options_complain *line, void *context)
{
    for (size_t i = 0; i < SG_COUNT(options_list); i++) {
        const struct option *option = &options_list[i];
        char text[1024];
        struct sg_out out = sg_out_into(text, sizeof text);
        sg_out_texts(&out, option->name, "=", NULL);
        if (option->type == TYPE_TEXT)
            sg_out_texts(&out, "TEXT", NULL);
        else if (option->words)
            sg_out_text(&out, option->words);
        else
            sg_out_text(&out, option->type == TYPE_BOOL ? "0|1" : "NUMBER");
        sg_out_texts(&out, ": ", option->help, NULL);
        if (option->type == TYPE_NUMBER || option->type == TYPE_BOOL) {
            sg_out_text(&out, " (default ");
            sg_out_number(&out, (uint64_t)option->initial);
            sg_out_text(&out, ")");
        }
        line(context, text);
    }
}

bool sg_options_want_kind(const struct sg_options *options, const char *kind)
{
    const char *at = options->kinds;
    if (!*at)
        return true;
    size_t family = strcspn(kind, ".");
    while (*at) {
        size_t length = strcspn(at, "+");
        bool is_kind = length == strlen(kind) && memcmp(at, kind, length) == 0;
        bool is_family = length == family && memcmp(at, kind, length) == 0;
        if (is_kind || is_family)
            return true;
        at += length + (at[length] == '+');
    }
    return false;
}
