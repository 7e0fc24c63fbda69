/* The sockets that a session of Python's holds, for where the call that opened them does
 * not show whose they are: event loops open some in a task of their own.
 *
 * Layer:   14
 * Threads: with the interpreter's lock.
 * Memory:  44 KB, mapped once.
 * Fails:   what lies further away than some hundred objects is not found.
 */
#ifndef SG_PYTHON_GRAPH_H
#define SG_PYTHON_GRAPH_H

#include <stdbool.h>

/* Calls `each` with the descriptor of every socket that is reached from the object by
 * references, but not through one that `is_other` knows, or that many share. */
void sg_python_graph_sockets(void *object, bool (*is_other)(void *object),
                             void (*each)(void *context, int fd), void *context);

#endif
