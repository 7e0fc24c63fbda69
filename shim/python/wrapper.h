/* What stands in a class in place of one of its functions, and calls on to it. To the
 * program it looks like the function: what is asked of it, the function answers, and it
 * adds no frame of Python's. Only that the function is called is noted.
 *
 * Layer:   14
 * Threads: with the interpreter's lock.
 * Memory:  the interpreter's; a wrapper lives as long as its class has it.
 * Fails:   the function stays as it is.
 */
#ifndef SG_PYTHON_WRAPPER_H
#define SG_PYTHON_WRAPPER_H

#include "classes.h"
#include "stack.h"

enum sg_python_role {
    SG_ROLE_OPENS,
    SG_ROLE_MAKES, /* it returns what it opens; the others but the last work on their first argument */
    SG_ROLE_USES,
    SG_ROLE_CLOSES,
    SG_ROLE_FINALIZES,
};

/* A call on a wrapped function. */
struct sg_python_called {
    const struct sg_python_class *class;
    enum sg_python_role role;
    void *function;
    void *arguments, *keywords;
};

/* Makes the call, with what there is to note, and returns what the function did. */
typedef void *sg_python_handler(const struct sg_python_called *called, const struct sg_site *site);
extern sg_python_handler *sg_python_handle;

/* A new object that stands for the function. */
void *sg_python_wrap(void *function, const struct sg_python_class *class, enum sg_python_role role);

/* True if the object is one that sg_python_wrap() made. */
bool sg_python_is_wrapper(void *object);

#endif
