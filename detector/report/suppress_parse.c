/* The reading half of suppress.h.
 *
 * Layer:   13
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suppress.h"
#include "utf8.h"

/* Larger than any list that people keep. */
#define FILE_SIZE_MAX ((size_t)16 * 1024 * 1024)

struct parser {
    struct sg_pool *pool;
    const struct sg_snapshot *snapshot;
    const char *file;
    unsigned line_number;
    sg_suppress_complain *complain;
    void *context;
};

static void reject(const struct parser *parser, const char *what)
{
    parser->complain(parser->context, sg_pool_format(parser->pool, "sessguard: %s:%u: %s", parser->file,
                                                     parser->line_number, what));
}

/* True for a kind that the snapshot has, and for the family of one. */
static bool is_known_kind(const struct sg_snapshot *snapshot, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < snapshot->kinds_count && length > 0; i++) {
        const char *kind = snapshot->kinds[i].name;
        if (strncmp(kind, name, length) == 0 && (kind[length] == '\0' || kind[length] == '.'))
            return true;
    }
    return false;
}

/* "leak, top, peer, id, a family (curl, socket) or a kind (curl.easy, ...)",
 * with all that the snapshot knows. */
static const char *allowed_types(const struct parser *parser)
{
    const char *families = "";
    const char *kinds = "";
    for (size_t i = 0; i < parser->snapshot->kinds_count; i++) {
        const char *kind = parser->snapshot->kinds[i].name;
        int length = (int)strcspn(kind, ".");
        bool is_new = length > 0;
        for (size_t k = 0; k < i && is_new; k++) {
            const char *earlier = parser->snapshot->kinds[k].name;
            is_new = !((int)strcspn(earlier, ".") == length && strncmp(earlier, kind, (size_t)length) == 0);
        }
        if (is_new)
            families =
                sg_pool_format(parser->pool, "%s%s%.*s", families, families[0] ? ", " : "", length, kind);
        if (kind[length] == '.')
            kinds = sg_pool_format(parser->pool, "%s%s%s", kinds, kinds[0] ? ", " : "", kind);
    }
    return sg_pool_format(parser->pool, "leak, top, peer, id, a family (%s) or a kind (%s)", families, kinds);
}

static bool set_type(const struct parser *parser, struct sg_rule *rule, const char *type)
{
    rule->type = SG_RULE_LEAK;
    if (strcmp(type, "leak") == 0)
        return true;
    if (strcmp(type, "top") == 0) {
        rule->type = SG_RULE_TOP;
        return true;
    }
    if (strcmp(type, "peer") == 0) {
        rule->type = SG_RULE_PEER;
        return true;
    }
    if (strcmp(type, "id") == 0) {
        rule->type = SG_RULE_ID;
        return true;
    }
    if (is_known_kind(parser->snapshot, type)) {
        rule->kind = type;
        return true;
    }
    reject(parser, sg_pool_format(parser->pool, "unknown suppression type \"%s\"; allowed: %s", type,
                                  allowed_types(parser)));
    return false;
}

/* "YYYY-MM-DD", a day that exists. */
static bool is_date(const char *text)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(text) != 10)
        return false;
    for (int i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : !isdigit((unsigned char)text[i]))
            return false;
    int month = (text[5] - '0') * 10 + (text[6] - '0');
    int day = (text[8] - '0') * 10 + (text[9] - '0');
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

/* One "key=value" of the bracket. */
static bool set_limit(const struct parser *parser, struct sg_rule *rule, const char *limit)
{
    if (strncmp(limit, "max=", 4) == 0 && isdigit((unsigned char)limit[4])) {
        char *end;
        errno = 0;
        unsigned long long max = strtoull(limit + 4, &end, 10);
        if (errno == 0 && *end == '\0') {
            rule->max = max;
            return true;
        }
    }
    if (strncmp(limit, "until=", 6) == 0 && is_date(limit + 6)) {
        memcpy(rule->until, limit + 6, sizeof(rule->until));
        return true;
    }
    reject(parser,
           sg_pool_format(parser->pool, "bad limit \"%s\"; allowed: max=NUMBER, until=YYYY-MM-DD", limit));
    return false;
}

static bool set_limits(const struct parser *parser, struct sg_rule *rule, char *limits)
{
    char *rest = NULL;
    for (char *limit = strtok_r(limits, ",", &rest); limit; limit = strtok_r(NULL, ",", &rest)) {
        while (*limit == ' ')
            limit++;
        limit[strcspn(limit, " ")] = '\0';
        if (!set_limit(parser, rule, limit))
            return false;
    }
    return true;
}

/* `line` is trimmed and not empty. */
static bool parse_line(const struct parser *parser, struct sg_rule *rule, char *line)
{
    *rule = (struct sg_rule){.line = sg_pool_copy(parser->pool, line, strlen(line)),
                             .file = parser->file,
                             .line_number = parser->line_number,
                             .max = UINT64_MAX};
    size_t type_length = strcspn(line, ":[");
    char *limits = NULL;
    char *colon = line + type_length;
    if (*colon == '[') {
        limits = colon + 1;
        *colon = '\0';
        char *close = strchr(limits, ']');
        if (!close || close[1] != ':') {
            reject(parser, "the bracket has no end; expected type[max=N,until=YYYY-MM-DD]:pattern");
            return false;
        }
        *close = '\0';
        colon = close + 1;
    }
    if (*colon != ':') {
        reject(parser, sg_pool_format(parser->pool, "\"%s\" is not type:pattern; allowed types: %s", line,
                                      allowed_types(parser)));
        return false;
    }
    *colon = '\0';
    rule->pattern = colon + 1;
    if (!set_type(parser, rule, line) || (limits && !set_limits(parser, rule, limits)))
        return false;
    if (rule->pattern[0] == '\0') {
        reject(parser, "nothing follows the colon; \"*\" matches everything");
        return false;
    }
    return true;
}

void sg_suppress_parse(struct sg_rules *rules, struct sg_pool *pool, const struct sg_snapshot *snapshot,
                       const char *text, const char *file, sg_suppress_complain *complain, void *context)
{
    struct parser parser = {
        .pool = pool, .snapshot = snapshot, .file = file, .complain = complain, .context = context};
    size_t lines = 1;
    for (const char *at = text; *at != '\0'; at++)
        lines += *at == '\n';
    struct sg_rule *entries = sg_pool_array(pool, rules->count + lines, sizeof(*entries));
    if (rules->count > 0)
        memcpy(entries, rules->entries, rules->count * sizeof(*entries));
    rules->entries = entries;
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        const char *next = at[length] == '\n' ? at + length + 1 : at + length;
        parser.line_number++;
        while (length > 0 && isspace((unsigned char)at[0])) {
            at++;
            length--;
        }
        while (length > 0 && isspace((unsigned char)at[length - 1]))
            length--;
        if (length > 0 && at[0] != '#') {
            char *line = sg_utf8_clean(pool, at, length);
            if (parse_line(&parser, &rules->entries[rules->count], line))
                rules->count++;
        }
        at = next;
    }
}

void sg_suppress_load(struct sg_rules *rules, struct sg_pool *pool, const struct sg_snapshot *snapshot,
                      const char *file, sg_suppress_complain *complain, void *context)
{
    struct stat status = {0};
    const char *problem = NULL;
    size_t length = 0;
    char *text = NULL;
    int descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        problem = strerror(errno);
    else if (!S_ISREG(status.st_mode))
        problem = "not a regular file";
    else if ((uintmax_t)status.st_size > FILE_SIZE_MAX)
        problem = "larger than 16 MiB";
    if (!problem) {
        text = sg_pool_take(pool, (size_t)status.st_size + 1);
        while (length < (size_t)status.st_size) {
            ssize_t got = read(descriptor, text + length, (size_t)status.st_size - length);
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                problem = strerror(errno);
            if (got <= 0)
                break;
            length += (size_t)got;
        }
    }
    if (descriptor >= 0)
        close(descriptor);
    if (problem)
        complain(context, sg_pool_format(pool, "sessguard: cannot read suppressions %s: %s", file, problem));
    else
        sg_suppress_parse(rules, pool, snapshot, text, file, complain, context);
}
