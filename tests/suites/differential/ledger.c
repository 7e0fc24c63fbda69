/* Keeps the ledger: before and after each opening and closing, so that what is in the middle of
 * one is known. */
#include "actor.h"

#include <stdlib.h>
#include <unistd.h>

struct ledger *ledger;
struct row *row;
_Thread_local bool is_ender; /* this thread ends the process: what it does is in order */

/* What a child inherits: its parent may have gone on by the time that it runs. */
static _Thread_local struct range inherited[SITES];

void will_fork(void)
{
    for (int i = 0; i < SITES; i++) {
        inherited[i].least = row->open[i].least + row->inherited[i].least;
        inherited[i].most = row->open[i].most + row->inherited[i].most;
    }
}

void begin_row(void)
{
    int number = ledger->rows++;
    if (number >= ROWS)
        abort();
    row = &ledger->row[number];
    row->pid = getpid();
    row->parent = getppid();
    for (int i = 0; i < SITES; i++) {
        row->inherited[i].least = inherited[i].least;
        row->inherited[i].most = inherited[i].most;
        row->had[i] = inherited[i].most;
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
