/* The courses of coroutines that work on a session: one is in use, or is being closed, until
 * its coroutine has ended.
 *
 * Layer:   17
 * Threads: with the interpreter's lock.
 * Memory:  the interpreter's, for each coroutine that is under way.
 * Fails:   false, where nothing tells when a coroutine ends.
 */
#ifndef SG_PYTHON_COURSES_H
#define SG_PYTHON_COURSES_H

#include "watches.h"

#include <stddef.h>

/* When the coroutine has ended, so has the use of its session, which was counted at this
 * place, if that is not 0; or with `closes` it is looked whether the session is closed. */
bool sg_python_course_follow(void *coroutine, const struct sg_python_watch *watch, uint32_t place,
                             bool closes);

/* Ends those whose coroutines have ended, but are still there, of so many that it looks at:
 * one that an exception holds in a cycle goes late. */
void sg_python_courses_look(size_t limit);

#endif
