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

#endif
