/* Finds Python's own sessions as they are imported: once the code of a module has run that
 * has one of the table, its classes are in the module's dictionary. All loaders that are
 * written in Python run that code with builtins.exec(). It stays the object that it is:
 * what is replaced is the C function behind it, in the interpreter's own table.
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
