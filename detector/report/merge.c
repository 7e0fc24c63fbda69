#include "merge.h"

#include <stdlib.h>
#include <string.h>

static int compare_texts(const char *left, const char *right)
{
    return strcmp(left ? left : "", right ? right : "");
}

static int compare_numbers(uint64_t left, uint64_t right) { return (left > right) - (left < right); }

/* A library that was loaded twice is two modules, and one in the source. */
static int compare_modules(const struct sg_frame *left, const struct sg_frame *right)
{
    const struct sg_module *a = left->module;
    const struct sg_module *b = right->module;
    if (a == b || !a || !b)
        return compare_numbers((uintptr_t)a, (uintptr_t)b);
    int order = compare_texts(left->module_path, right->module_path);
    if (order == 0)
        order = compare_numbers(a->build_id_size, b->build_id_size);
    return order ? order : memcmp(a->build_id, b->build_id, sizeof(a->build_id));
}

/* A frame whose line is not known is only the same at the same address. */
static int compare_frames(const struct sg_frame *left, const struct sg_frame *right)
{
    int order = compare_modules(left, right);
    if (order == 0)
        order = compare_numbers(left->line, right->line);
    if (order == 0 && left->line == 0)
        return compare_numbers(left->offset, right->offset);
    if (order == 0)
        order = compare_texts(left->function, right->function);
    return order ? order : compare_texts(left->file, right->file);
}

static int compare(const void *a, const void *b)
{
    const struct sg_leak *left = *(const struct sg_leak *const *)a;
    const struct sg_leak *right = *(const struct sg_leak *const *)b;
    int order = compare_numbers(left->place->kind, right->place->kind);
    if (order == 0)
        order = compare_numbers(left->place->flags, right->place->flags);
    if (order == 0)
        order = compare_numbers(left->place->fork, right->place->fork);
    if (order == 0)
        order = compare_numbers(left->frames_count, right->frames_count);
    for (size_t i = 0; order == 0 && i < left->frames_count; i++)
        order = compare_frames(left->frames[i], right->frames[i]);
    return order;
}

static uint32_t number_of(const struct sg_snapshot *snapshot, const struct sg_place *place)
{
    return (uint32_t)(((const char *)place - (const char *)sg_reader_place(snapshot, 0)) / 8);
}

uint32_t *sg_merge_places(struct sg_pool *pool, const struct sg_snapshot *snapshot,
                          const struct sg_leak *leaks, size_t count)
{
    size_t places = (size_t)(snapshot->layout->sections[SG_SECTION_PLACES].size / 8) + 1;
    const struct sg_leak **sorted = sg_pool_array(pool, count, sizeof(void *));
    uint32_t *same = sg_pool_array(pool, places, sizeof(*same));
    bool has_any = false;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &leaks[i];
    for (size_t i = 0; i < places; i++)
        same[i] = (uint32_t)i;
    if (count > 1)
        qsort(sorted, count, sizeof(void *), compare);
    for (size_t first = 0, i = 1; i < count; i++) {
        if (compare(&sorted[first], &sorted[i]) != 0) {
            first = i;
            continue;
        }
        /* Open and listening sockets of one place are two leaks already. */
        uint32_t number = number_of(snapshot, sorted[i]->place);
        same[number] = same[number_of(snapshot, sorted[first]->place)];
        has_any |= same[number] != number;
    }
    return has_any ? same : NULL;
}

static int compare_places(const void *a, const void *b)
{
    const struct sg_leak *left = *(const struct sg_leak *const *)a;
    const struct sg_leak *right = *(const struct sg_leak *const *)b;
    return compare_numbers((uintptr_t)left->place, (uintptr_t)right->place);
}

void sg_merge_frames(struct sg_pool *pool, const struct sg_leak *from, size_t from_count,
                     struct sg_leak *leaks, size_t count)
{
    const struct sg_leak **sorted = sg_pool_array(pool, from_count, sizeof(void *));
    for (size_t i = 0; i < from_count; i++)
        sorted[i] = &from[i];
    if (from_count > 1)
        qsort(sorted, from_count, sizeof(void *), compare_places);
    for (size_t i = 0; i < count; i++) {
        const struct sg_leak *key = &leaks[i];
        const struct sg_leak **found = bsearch(&key, sorted, from_count, sizeof(void *), compare_places);
        leaks[i].frames = (*found)->frames;
        leaks[i].frames_count = (*found)->frames_count;
        leaks[i].look_at = (*found)->look_at;
    }
}
