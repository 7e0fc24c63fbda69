#include "suppress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "frame.h"
#include "pattern.h"

static bool frame_matches(const char *pattern, const struct sg_frame *frame)
{
    return sg_pattern_matches(pattern, frame->function) || sg_pattern_matches(pattern, frame->file) ||
           sg_pattern_matches(pattern, frame->module_path);
}

static bool any_frame_matches(const char *pattern, const struct sg_leak *leak)
{
    for (size_t i = 0; i < leak->frames_count; i++)
        if (frame_matches(pattern, leak->frames[i]))
            return true;
    return false;
}

static bool all_peers_match(const char *pattern, const struct sg_leak *leak)
{
    for (size_t i = 0; i < leak->facts.peers.count; i++)
        if (!sg_pattern_matches(pattern, leak->facts.peers.entries[i].name))
            return false;
    return leak->facts.peers.count > 0;
}

/* People paste the eight digits of the text report, or all sixteen. */
static bool id_matches(const char *pattern, const struct sg_leak *leak)
{
    char anchored[64];
    char id[17];
    snprintf(id, sizeof(id), "%016" PRIx64, leak->id);
    snprintf(anchored, sizeof(anchored), "%s%s", pattern[0] == '^' ? "" : "^", pattern);
    return sg_pattern_matches(anchored, id);
}

/* `kind` is that of a rule: "curl.easy", or "curl" for all of the family. */
static bool is_of_kind(const char *kind, const char *name)
{
    size_t length = strlen(kind);
    return strncmp(kind, name, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

static bool rule_matches(const struct sg_rule *rule, const struct sg_leak *leak)
{
    if (rule->kind && !is_of_kind(rule->kind, leak->kind->name))
        return false;
    switch (rule->type) {
    case SG_RULE_TOP:
        return leak->frames_count > 0 && frame_matches(rule->pattern, leak->frames[leak->look_at]);
    case SG_RULE_PEER:
        return all_peers_match(rule->pattern, leak);
    case SG_RULE_ID:
        return id_matches(rule->pattern, leak);
    case SG_RULE_LEAK:
    default:
        return any_frame_matches(rule->pattern, leak);
    }
}

/* Gives a leak the first rule from `first` on that matches and is in force. */
static void match(struct sg_rules *rules, struct sg_leak *leak, size_t first)
{
    leak->rule = NULL;
    for (size_t i = first; i < rules->count; i++) {
        struct sg_rule *rule = &rules->entries[i];
        if (rule->is_expired || rule->is_exceeded || !rule_matches(rule, leak))
            continue;
        rule->matched += leak->facts.count;
        leak->rule = rule;
        return;
    }
}

static void expire(struct sg_rules *rules, const struct sg_snapshot *snapshot)
{
    char today[11] = "";
    time_t ended = (time_t)(snapshot->layout->ended_ns / 1000000000U);
    struct tm date;
    if (gmtime_r(&ended, &date))
        strftime(today, sizeof(today), "%Y-%m-%d", &date);
    for (size_t i = 0; i < rules->count; i++) {
        const char *until = rules->entries[i].until;
        rules->entries[i].is_expired = until[0] != '\0' && strcmp(today, until) > 0;
    }
}

void sg_suppress_apply(struct sg_rules *rules, const struct sg_snapshot *snapshot, struct sg_leak *leaks,
                       size_t count)
{
    expire(rules, snapshot);
    for (size_t i = 0; i < count; i++)
        match(rules, &leaks[i], 0);
    /* In order: what an exceeded rule gives up goes to later rules only, as
     * the earlier ones did not match it. */
    for (size_t i = 0; i < rules->count; i++) {
        struct sg_rule *rule = &rules->entries[i];
        if (rule->matched <= rule->max)
            continue;
        rule->is_exceeded = true;
        for (size_t k = 0; k < count; k++)
            if (leaks[k].rule == rule)
                match(rules, &leaks[k], i + 1);
    }
}
