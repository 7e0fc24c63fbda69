/* Keeps the ledger: before and after each opening and closing, so that what is in the middle of
 * one is known. */
#include "actor.h"

#include <stdlib.h>
#include <unistd.h>

struct ledger *ledger;
struct row *row;
_Thread_local bool is_ender; /* this thread ends the process: what it does is in order */

void begin_row(void)
{
    int number = ledger->rows++;
    struct row *parent = row;
    if (number >= ROWS)
        abort();
    row = &ledger->row[number];
    row->pid = getpid();
    row->parent = getppid();
    for (int i = 0; parent && i < SITES; i++) {
        row->inherited[i].least = parent->open[i].least + parent->inherited[i].least;
        row->inherited[i].most = parent->open[i].most + parent->inherited[i].most;
        row->had[i] = row->inherited[i].most;
    }
}

void ending(enum how how)
{
    int none = HOW_NONE;
    if (atomic_compare_exchange_strong(&row->how, &none, how))
        is_ender = true;
    if (how != HOW_EXIT && how != HOW_EXEC)
        row->is_over = 1;
}

static bool is_uncertain(void) { return row->how != HOW_NONE && !is_ender; }

void will_open(int site) { row->open[site].most++; }
void has_not_opened(int site) { row->open[site].most--; }

void has_opened(int site)
{
    if (!is_uncertain())
        row->open[site].least++;
}

static struct range *range_of(const struct slot *slot)
{
    return slot->row == row ? &row->open[slot->site] : &row->inherited[slot->site];
}

void will_close(const struct slot *slot)
{
    if (slot->type != NOTHING)
        range_of(slot)->least--;
}

void has_closed(struct slot *slot)
{
    if (slot->type != NOTHING && !is_uncertain())
        range_of(slot)->most--;
    slot->type = NOTHING;
}
