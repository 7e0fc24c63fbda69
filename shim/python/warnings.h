/* The lines that asyncio writes on stderr for each session that nobody closed, with an
 * address and nothing else: our report says it better, so they are left out.
 *
 * They come from logging's last resort, which writes what the program has no handler
 * for; it has filters (https://docs.python.org/3/library/logging.html), and one of them
 * is ours. What the program handles itself, it gets as ever. Lines of sessions that we do
 * not know are kept.
 *
 * Layer:   14
 * Threads: with the interpreter's lock.
 * Memory:  static.
 * Fails:   the lines are written.
 */
#ifndef SG_PYTHON_WARNINGS_H
#define SG_PYTHON_WARNINGS_H

#include "classes.h"

/* Called when a class was found that such lines are written of. */
void sg_python_warnings_start(void);

/* What is written between these is of this object, which is known; what is written later
 * of its part (struct sg_python_class) as well. */
void sg_python_warnings_begin(const struct sg_python_class *class, void *object);
void sg_python_warnings_end(void);

/* So is what is written of this object. */
void sg_python_warnings_part(void *object);

#endif
