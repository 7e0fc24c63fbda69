/* Finds Python's own sessions as they are imported: a class when it is made, which is
 * seen at the function that makes all classes (builtins.__build_class__, replaced while a
 * module is imported that has one of the table), a function at the next thing that the
 * interpreter tells of.
 *
 * Layer:   19
 * Threads: with the interpreter's lock, in its audit hook.
 * Memory:  the interpreter's.
 * Fails:   classes stay as they are.
 */
#ifndef SG_PYTHON_IMPORTS_H
#define SG_PYTHON_IMPORTS_H

#include <stdbool.h>

/* Called with the arguments of an event "exec"; and at any event. */
void sg_python_imports_exec(void *arguments);
extern bool sg_python_imports_expects;
void sg_python_imports_look(void);

#endif
