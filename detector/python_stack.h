/* Stacks with the frames of Python in them: each call of the function that runs
 * Python code is replaced by the Python frames that it runs, and what else of the
 * interpreter lies between them is left out. So a stack is read as its program
 * was written:
 *
 *     the C function that called the opening function
 *     Python frames, innermost first
 *     C functions of extensions, where they call Python
 *     more Python frames ...
 *     the program that embeds the interpreter
 *
 * Native stacks repeat where Python ones differ. So the memo here knows a place by
 * the place of the native stack and every step of the chain: all of it is
 * compared, and it is void once any code has gone (sg_python_era).
 *
 * Layer:   8
 * Threads: any, also signal handlers; lock-free.
 * Memory:  0.8 MB of address space, once the first stack has Python frames.
 * Fails:   where frames cannot be had, or do not fit to the native stack, that
 *          one stands alone, with SG_PLACE_NO_SCRIPT.
 */
#ifndef SG_PYTHON_STACK_H
#define SG_PYTHON_STACK_H

#include "layout.h"
#include "stack.h"

/* The place of the native stack `native`, opened from `site`, with what Python
 * has to say; `native` itself where no Python code is running. `owner` is set to the
 * session of Python's in whose call the thread is, if there is one. */
uint32_t sg_python_place(uint32_t native, unsigned kind, const struct sg_site *site, unsigned depth,
                         struct sg_handle **owner);

#endif
