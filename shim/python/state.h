/* The state of a session of Python's that is watched: its record, whether it is closed, and
 * what it holds.
 *
 * Layer:   16
 * Threads: with the interpreter's lock.
 * Memory:  none.
 * Fails:   what an object does not say is not known; no error is left behind.
 */
#ifndef SG_PYTHON_STATE_H
#define SG_PYTHON_STATE_H

#include "handles.h"
#include "watches.h"

/* True if the object shows that it is closed. Reads attributes, which is no code of
 * Python's where the library's own classes are concerned. */
bool sg_python_session_is_closed(const struct sg_python_class *class, void *object);

/* The record of a session that is open, NULL if it has none (any more). */
struct sg_handle *sg_python_session_record(const struct sg_python_watch *watch);

/* It is closed: takes its record out, and ends the watch. */
void sg_python_session_closed(struct sg_python_watch *watch);

/* Finds the socket of a session that was opened before it. */
void sg_python_session_find_descriptor(const struct sg_python_watch *watch, void *object);

/* Finds the sockets of a session that is open, where its calls did not show them. */
void sg_python_session_find_sockets(const struct sg_python_watch *watch, void *object);

/* True if nothing is open with it: it holds no connections, or others do that for it. Call
 * after sg_python_session_find_sockets(). */
bool sg_python_session_is_nothing(const struct sg_python_watch *watch);

/* True if somebody else has its pool, which goes on when the session ends. */
bool sg_python_session_shares_pool(const struct sg_python_class *class, void *object);

#endif
