/* The end of the program's Python code: what is open then has leaked, and auto-close
 * closes it, each session by its library's own function, while the interpreter can
 * still do so.
 *
 * Layer:   18
 * Threads: the one that ends the interpreter, with its lock.
 * Memory:  the interpreter's; a thread that watches the time.
 * Fails:   a session that could not be closed says why.
 */
#ifndef SG_PYTHON_CLOSE_H
#define SG_PYTHON_CLOSE_H

void sg_python_close_all(void);

/* The same for auto-close where the process ends by _exit(2), as workers of
 * multiprocessing do: nothing is done but in a thread that has the interpreter's lock,
 * and is Python's only one. Closing may wait for what nobody gives any more, such as a
 * lock that the calling thread has: then the process ends with this status a second after
 * the time that closing has, with its report, and this does not return. Returns the status to end with. */
int sg_python_close_at_exit(int status);

#endif
