/* Python's own sessions: what the calls of their functions, and their end, mean.
 *
 * Layer:   18
 * Threads: with the interpreter's lock.
 * Memory:  the interpreter's.
 * Fails:   what cannot be watched is not.
 */
#ifndef SG_PYTHON_SESSIONS_H
#define SG_PYTHON_SESSIONS_H

#include "classes.h"

void sg_python_sessions_start(void);

/* Sets what is known of a function: calls of it are calls on a session. */
void sg_python_session_function(const struct sg_python_class *class, void *function);

#endif
