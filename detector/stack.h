/* The stack of the call that opened a session.
 *
 * Layer:   7
 * Threads: any, also signal handlers; no locks.
 * Memory:  2.5 KB of stack, and 6 bytes a frame; 50 KB static.
 * Fails:   a stack that cannot be followed is marked incomplete, never guessed.
 */
#ifndef SG_STACK_H
#define SG_STACK_H

#include "places.h"

/* Where a hook was called from. */
struct sg_site {
    uintptr_t caller; /* the hook's return address */
    uintptr_t cfa;    /* the stack pointer at the call */
    uintptr_t fp;     /* the caller's frame pointer register at the call */
};

/* Only a hook itself can say this, so it is a macro. A function that asks for
 * its frame address gets a frame pointer, and the caller's is saved where it
 * points to (both ABIs). */
#define SG_SITE()                                                                                            \
    ((struct sg_site){(uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0)),                 \
                      (uintptr_t)__builtin_dwarf_cfa(), *(const uintptr_t *)__builtin_frame_address(0)})

/* For who asks only who calls: it needs no frame pointer. */
#define SG_SITE_OF_CALLER()                                                                                  \
    ((struct sg_site){(uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0)),                 \
                      (uintptr_t)__builtin_dwarf_cfa(), 0})

#define SG_STACK_DEPTH_MAX 256U /* frames that the `frames` option may ask for */

/* Called once by the main thread, in the constructor. With `is_checked` every
 * stack is walked in full, too, and sg_layout.stacks counts. */
void sg_stack_start(bool is_checked);

/* The place where `kind` is opened from `site`, by the whole stack of at most
 * `depth` frames. */
uint32_t sg_stack_place(unsigned kind, const struct sg_site *site, unsigned depth);

/* True if `site` lies in a signal handler, as far as the stack can be
 * followed. */
bool sg_stack_is_in_signal(const struct sg_site *site);

/* Writes the stack's addresses to `pcs`, which has room for `depth`: by the
 * whole of the call frame information, from our own frame outwards. */
struct sg_stack sg_stack_walk(const struct sg_site *site, uintptr_t *pcs, unsigned depth);

/* The same, with the stack pointer of each frame: from there up to the next one's
 * is what the frame has on the stack. */
struct sg_stack sg_stack_walk_with(const struct sg_site *site, uintptr_t *pcs, uintptr_t *sps,
                                   unsigned depth);

/* Where the stack that the site is on begins, 0 if that is not known. */
uintptr_t sg_stack_high(const struct sg_site *site);

#endif
