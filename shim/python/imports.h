/* Finds Python's own sessions as they are imported: the code of a module of the table is
 * seen when it is executed, which loaders do with builtins.exec(), and then its classes
 * when they are made, with builtins.__build_class__(). Both stay the objects that they are:
 * what is replaced is the C function behind each, in the interpreter's own table.
 *
 * Layer:   19
 * Threads: with the interpreter's lock.
 * Memory:  the interpreter's.
 * Fails:   classes stay as they are.
 */
#ifndef SG_PYTHON_IMPORTS_H
#define SG_PYTHON_IMPORTS_H

/* Called once for each interpreter of the process, as soon as it can import. */
void sg_python_imports_start(void);

#endif
