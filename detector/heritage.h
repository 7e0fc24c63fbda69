/* What a process and those that are forked from it tell each other: a page or some of
 * memory that they share. A child notes which of its inherited records it has closed, and
 * that it ends and leaves the rest to its parent; a parent that ends notes to which children
 * it leaves what they have in common.
 *
 * Layer:   7
 * Threads: any.
 * Memory:  40 KB of address space, shared with children; touched where something is noted.
 * Fails:   without memory nothing is noted.
 */
#ifndef SG_HERITAGE_H
#define SG_HERITAGE_H

#include "arena.h"

/* When the arena is ready: what was this process's until now is its parent's. */
void sg_heritage_begin(void);

/* A record was taken out. `number` is its descriptor, or its serial. */
void sg_heritage_note_closed(uint64_t life, uint32_t number);
static inline void sg_heritage_closed(uint64_t life, uint32_t number)
{
    if (SG_UNLIKELY(sg_arena->fork != 0))
        sg_heritage_note_closed(life, number);
}

/* True if a child has closed it, at this tick, and that counts; that of one which has become
 * another program does not: it closes whatever it has no use for. */
bool sg_heritage_is_closed(uint64_t life, uint32_t number, bool (*counts)(uint32_t child, uint32_t tick));

/* Before an exec; or after one that has failed: what the end would have told others is taken
 * back. */
void sg_heritage_becomes_another(bool it_does);

/* One of these comes first, in the parent or in the child, and is false. That of the other
 * is true: it reports what they have in common. */
bool sg_heritage_child_is_first(uint32_t child);
bool sg_heritage_parent_is_first(void);

/* True if the child has seen that it is for it to report. It may be gone by now. */
bool sg_heritage_child_has_taken(uint32_t child);

/* True if another child of the parent's was the first of those two, so that it has nothing any
 * more: its process may take a moment to go. */
bool sg_heritage_sister_was_first(uint32_t sister);

/* Children of a parent that is gone, which end at the same moment: each says so before it looks
 * for the others. Whoever has said it before this one leaves to it what they have in common;
 * and this one leaves that to whoever has said it afterwards. */
void sg_heritage_end(void);
bool sg_heritage_ended_before(uint32_t sister);
bool sg_heritage_ended_after(uint32_t sister);
bool sg_heritage_is_followed(void);

#endif
