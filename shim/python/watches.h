/* The sessions of Python's that are open: each object is watched by a weak reference,
 * so that it is never touched once it is gone, and by its type's function for the end
 * of an object, which comes before the object's own: then it can still be asked. (The
 * garbage collector clears weak references first.) Where the program has replaced that
 * function meanwhile, an object goes unasked, and its watch stays until the end.
 *
 * Layer:   15
 * Threads: with the interpreter's lock.
 * Memory:  the interpreter's.
 * Fails:   an object that cannot be watched is not.
 */
#ifndef SG_PYTHON_WATCHES_H
#define SG_PYTHON_WATCHES_H

#include "classes.h"

struct sg_python_watch {
    struct sg_python_watch *next; /* of its bucket */
    const struct sg_python_class *class;
    void *object;    /* only to compare with */
    void *reference; /* weak */
    void *loop;      /* weak: the event loop that it was opened or used in, or NULL */
    uint32_t serial;
    bool has_leaked; /* it was open at the end of the program's code */
};

/* Watches an object; NULL if that cannot be. */
struct sg_python_watch *sg_python_watch_start(void *object, const struct sg_python_class *class,
                                              uint32_t serial);

/* That of an object, NULL if it is not watched. */
struct sg_python_watch *sg_python_watch_of(void *object);

/* The object, borrowed; NULL if it is gone. */
void *sg_python_watch_object(const struct sg_python_watch *watch);

void sg_python_watch_end(struct sg_python_watch *watch);

/* Calls `each` for all of them; it may end the one that it gets. */
void sg_python_watch_each(void (*each)(void *context, struct sg_python_watch *watch), void *context);

/* Called with what is watched when its end begins, and again when its own function for
 * that has run: then `watch` is NULL, as there is none any more. */
extern void (*sg_python_watch_ends)(struct sg_python_watch *watch, void *object);

#endif
