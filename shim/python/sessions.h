/* Python's own sessions: what the calls of their functions, and their end, mean.
 *
 * Layer:   16
 * Threads: with the interpreter's lock.
 * Memory:  the interpreter's.
 * Fails:   what cannot be watched is not.
 */
#ifndef SG_PYTHON_SESSIONS_H
#define SG_PYTHON_SESSIONS_H

#include "handles.h"
#include "watches.h"

void sg_python_sessions_start(void);

/* True if the object shows that it is closed; runs no code of Python's. */
bool sg_python_session_is_closed(const struct sg_python_class *class, void *object);

/* The record of a session that is open, NULL if it has none (any more). */
struct sg_handle *sg_python_session_record(const struct sg_python_watch *watch);

/* Finds the sockets of a session that is open, where its calls did not show them. */
void sg_python_session_find_sockets(const struct sg_python_watch *watch, void *object);

/* True if nothing is open with it: it holds no connections, or others do that for it. Call
 * after sg_python_session_find_sockets(). */
bool sg_python_session_is_nothing(const struct sg_python_watch *watch);

/* Ends the uses whose coroutines have ended, but are still there: of so many that it looks at. */
void sg_python_session_uses_end(unsigned limit);

/* Sets what is known of a function: calls of it are calls on a session. */
void sg_python_session_function(const struct sg_python_class *class, void *function);

#endif
