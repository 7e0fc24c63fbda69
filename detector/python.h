/* The frames of a Python interpreter that runs in this process, read where
 * they lie. The lock of the interpreter (the GIL) is not taken and no code of
 * its is run: a hook may be called with it, without it, and with locks of the
 * program's that a thread which has it waits for.
 *
 * Sources of what lies where: CPython's Include/internal/pycore_frame.h,
 * cpython/code.h, cpython/unicodeobject.h, and for lines Objects/locations.md;
 * from 3.13 on the interpreter publishes the places itself: python_layout.c.
 *
 * Layer:   5
 * Threads: a thread reads its own frames, which nobody else changes while it
 *          is in a hook. Only an interpreter that ends frees those of others:
 *          see sg_python_end().
 * Memory:  static.
 * Fails:   says that the frames cannot be had; never guesses.
 */
#ifndef SG_PYTHON_H
#define SG_PYTHON_H

#include "base.h"

/* What the interpreter exports, by its names. */
struct sg_python_symbols {
    const unsigned long *Py_Version;
    void *(*PyGILState_GetThisThreadState)(void);
    const void *PyCode_Type, *PyUnicode_Type, *PyBytes_Type, *PyCell_Type;
    const void *_PyRuntime;
    int (*Py_IsFinalizing)(void);       /* before 3.13 with an underscore */
    uintptr_t _PyEval_EvalFrameDefault; /* runs Python code, once for each call from C */
    size_t evaluator_size;
};

extern struct sg_python_symbols sg_python_symbols; /* of the interpreter that is there */

/* True from when an interpreter was found whose frames can be read. */
extern bool sg_python_is_there;

/* Takes an interpreter; the first one is kept. False if it is of a version
 * whose frames cannot be read, or lacks functions. Called while there is one thread. */
bool sg_python_start(const struct sg_python_symbols *symbols, bool has_api);

/* For sg_layout.flags: why there is an interpreter, but nothing of it can be read. */
uint32_t sg_python_flags(void);

/* True if the address lies in the function that runs Python code; and an address
 * in the object that the interpreter is. */
bool sg_python_is_evaluator(uintptr_t address);
uintptr_t sg_python_address(void);

/* Counted up before a code object goes: another one may come to lie at its address. */
extern uint32_t sg_python_era; /* atomic */

/* The calling thread ends the interpreter, which then frees what other threads
 * have: from now on only this one's frames are read. Waits until no other thread
 * is reading, which takes microseconds, but some milliseconds at most. */
void sg_python_end(void);
extern bool sg_python_is_ending; /* atomic: it may be */

/* The interpreter tells no more of new code: its frames, and those of one that is
 * started afterwards, are not read any more. What is closed from now on is closed by
 * the program that it was in. */
void sg_python_end_for_good(void);
extern bool sg_python_has_ended;

/* True if the calling thread runs Python code. */
bool sg_python_is_running(void);

/* True if the calling thread is tearing the interpreter down. */
bool sg_python_is_finalizing(void);

/* True if the calling thread has run Python code. */
bool sg_python_has_thread(void);

/* One step of a chain: a frame, or a mark: what lies on the thread's stack in
 * the call of the evaluator that runs the frames before it. */
struct sg_python_step {
    uintptr_t code; /* its code object; 0 for a mark */
    uintptr_t at;   /* the instruction; for a mark, the distance from the stack pointer */
};

#define SG_PYTHON_STEPS 96U

/* A frame of a function that sg_python_note_function() was told of. */
struct sg_python_call {
    unsigned kind;
    uintptr_t self; /* the object that its first argument is */
    unsigned step;  /* of the chain, its frame */
};

#define SG_PYTHON_CALLS 8U

struct sg_python_chain {
    unsigned count;
    unsigned n_frames; /* of these, frames */
    uint64_t hash;     /* of all steps */
    bool is_cut;       /* there are more; what there is ends with a mark, if it could be found */
    unsigned n_calls;
    struct sg_python_call calls[SG_PYTHON_CALLS]; /* the innermost first */
    struct sg_python_step steps[SG_PYTHON_STEPS];
};

enum sg_python { SG_PYTHON_NONE, SG_PYTHON_READ, SG_PYTHON_UNSURE };

/* The calling thread's frames, innermost first, up to `depth` of them; its stack
 * reaches from `cfa`, which is the hook's caller's, up to `high`. */
enum sg_python sg_python_chain(uintptr_t cfa, uintptr_t high, unsigned depth, struct sg_python_chain *chain);

/* Calls of the function with this code object work on a session of this kind, their first
 * argument. The code object must stay. Called with the interpreter's lock. */
void sg_python_note_function(uintptr_t code, unsigned kind);

/* The string of SG_STRING_FRAME for a frame of the chain, 0 if it makes no sense.
 * Made of the objects themselves, which live as long as the frame. */
uint32_t sg_python_frame(const struct sg_python_step *step);

/* Between these the interpreter's objects stay: what is read must be read in one
 * such stretch. False if nothing can be read now. */
bool sg_python_enter(void);
void sg_python_leave(void);

#endif
