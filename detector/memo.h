/* The memo in front of the unwinder: it knows a stack again without walking it.
 *
 * A walk depends on nothing but where the hook was called from, the caller's
 * frame pointer, the words of the stack that it read, and the unwinding rules.
 * So with the place that a walk led to, the memo keeps all of these. When a
 * hook is called from the same return address, each of those words is compared
 * with what the stack holds now: if all are equal, a walk would read the same
 * words, follow the same rules and come to the same place. Nothing is guessed,
 * so there is no wrong hit; a path that is new is a miss, and is walked.
 *
 * Words are kept by their distance from the caller's stack pointer, and saved
 * frame pointers as such distances too, so one entry serves every thread and
 * every depth of the stack. Entries are void once a library was unloaded, and
 * in a forked child, as rules are: see unwind_rules.h.
 *
 * Layer:   6
 * Threads: any, also signal handlers; lock-free. An entry that is being
 *          written is a miss.
 * Memory:  static tables of 50 KB; a program with many paths gets
 *          3.3 MB in the arena. Both are touched where they are used.
 * Fails:   a stack that is too deep, or is not walked by simple rules, is never
 *          kept.
 */
#ifndef SG_MEMO_H
#define SG_MEMO_H

#include "base.h"

/* Where a walk starts. */
struct sg_memo_start {
    unsigned kind;
    uintptr_t caller; /* the return address */
    uintptr_t cfa;    /* the caller's stack pointer */
    uintptr_t fp;     /* the caller's frame pointer register */
    uintptr_t high;   /* up to here the stack may be read */
    uint64_t era;     /* of the rules: see unwind_rules.h */
};

/* The place that a walk from here led to, 0 if it is not known. */
uint32_t sg_memo_find(const struct sg_memo_start *start);

/* A walk that is to be kept, noted in an entry while it goes. */
struct sg_memo_note {
    struct sg_memo_entry *entry; /* NULL: it cannot be kept */
    uintptr_t cfa;
    unsigned count;
    bool uses_fp; /* the frame pointer register itself */
};

struct sg_memo_note sg_memo_begin(const struct sg_memo_start *start);

/* The walk has read this word; `is_relative` for a saved frame pointer. */
void sg_memo_word(struct sg_memo_note *note, uintptr_t address, uintptr_t value, bool is_relative);

/* The walk led to this place; 0 if it is not to be kept. */
void sg_memo_end(struct sg_memo_note *note, const struct sg_memo_start *start, uint32_t place);

#endif
