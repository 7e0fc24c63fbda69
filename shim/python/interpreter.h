/* Finds a Python interpreter, and is told by it when it has started and when it ends: by
 * an audit hook (PEP 578), which the interpreter calls in the thread that has its lock,
 * and which is not there in between. When code goes is seen where its memory is given back.
 *
 * Layer:   20
 * Threads: the constructor; then those of the interpreter.
 * Memory:  static; the interpreter allocates an entry for the hook.
 * Fails:   without an interpreter, or one that knows no audit hooks, there are
 *          native stacks.
 */
#ifndef SG_INTERPRETER_H
#define SG_INTERPRETER_H

/* Called by the constructor. */
void sg_interpreter_find(void);

#endif
