#include "sort.h"

static void sift(uint64_t *numbers, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && numbers[child + 1] > numbers[child])
            child++;
        if (numbers[root] >= numbers[child])
            return;
        uint64_t larger = numbers[child];
        numbers[child] = numbers[root];
        numbers[root] = larger;
    }
}

/* Serials of handles mostly are: who opens a million of them need not wait. */
static bool is_sorted(const uint64_t *numbers, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (numbers[i - 1] > numbers[i])
            return false;
    return true;
}

void sg_sort(uint64_t *numbers, size_t count)
{
    if (is_sorted(numbers, count))
        return;
    for (size_t root = count / 2; root-- > 0;)
        sift(numbers, root, count);
    for (size_t end = count; end-- > 1;) {
        uint64_t largest = numbers[0];
        numbers[0] = numbers[end];
        numbers[end] = largest;
        sift(numbers, 0, end);
    }
}

bool sg_sort_find(const uint64_t *numbers, size_t count, uint64_t wanted, size_t *index)
{
    size_t low = 0;
    for (size_t high = count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (numbers[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == count || numbers[low] != wanted)
        return false;
    if (index)
        *index = low;
    return true;
}
