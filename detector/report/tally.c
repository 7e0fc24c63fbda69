#include "tally.h"

#include <stdlib.h>
#include <string.h>

static int compare_numbers(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

size_t sg_tally_numbers(uint32_t *numbers, size_t count, struct sg_tally_number *runs)
{
    /* Most places are opened by one thread and talk to one peer: then there
     * is nothing to sort. */
    bool is_sorted = true;
    for (size_t i = 1; i < count && is_sorted; i++)
        is_sorted = numbers[i - 1] <= numbers[i];
    if (!is_sorted)
        qsort(numbers, count, sizeof(*numbers), compare_numbers);
    size_t distinct = 0;
    for (size_t i = 0; i < count;) {
        size_t first = i;
        while (i < count && numbers[i] == numbers[first])
            i++;
        if (runs)
            runs[distinct] = (struct sg_tally_number){numbers[first], (uint32_t)(i - first)};
        distinct++;
    }
    return distinct;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(((const struct sg_tally *)left)->name, ((const struct sg_tally *)right)->name);
}

static int compare_counts(const void *left, const void *right)
{
    const struct sg_tally *a = left;
    const struct sg_tally *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return strcmp(a->name, b->name);
}

void sg_tally_finish(struct sg_tallies *tallies)
{
    struct sg_tally *entries = tallies->entries;
    size_t kept = 0;
    if (tallies->count > 1)
        qsort(entries, tallies->count, sizeof(*entries), compare_names);
    for (size_t i = 0; i < tallies->count; i++) {
        if (entries[i].count == 0)
            continue;
        if (kept > 0 && strcmp(entries[kept - 1].name, entries[i].name) == 0)
            entries[kept - 1].count += entries[i].count;
        else
            entries[kept++] = entries[i];
    }
    tallies->count = kept;
    if (kept > 1)
        qsort(entries, kept, sizeof(*entries), compare_counts);
}

uint64_t sg_tally_total(const struct sg_tallies *tallies)
{
    uint64_t total = 0;
    for (size_t i = 0; i < tallies->count; i++)
        total += tallies->entries[i].count;
    return total;
}
