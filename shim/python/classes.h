/* Python's own sessions: what is known of their classes. The table is family/python.c.
 *
 * Layer:   13
 * Threads: constant.
 * Memory:  static.
 * Fails:   never.
 */
#ifndef SG_PYTHON_CLASSES_H
#define SG_PYTHON_CLASSES_H

#include "kind.h"

/* How an object shows that it is closed. */
enum sg_python_sign {
    SG_SIGN_CALL,       /* it does not: it is closed once its closing function was called */
    SG_SIGN_TRUE,       /* the attribute is true, or one on the path to it is None */
    SG_SIGN_NONE,       /* the attribute is None */
    SG_SIGN_FALSE,      /* the attribute is false, as what is empty is */
    SG_SIGN_TEXT,       /* the attribute is this text */
    SG_SIGN_CALL_FALSE, /* calling the attribute gives False, or one on the path to it is None */
};

/* Where a socket is that was opened before the session was there. */
enum sg_python_descriptor {
    SG_DESCRIPTOR_NONE,
    SG_DESCRIPTOR_FILENO,    /* its function fileno() says the number */
    SG_DESCRIPTOR_TRANSPORT, /* it has an asyncio transport, _transport */
};

#define SG_PYTHON_NAMES 8

struct sg_python_class {
    struct sg_kind *kind;
    const char *file;   /* the end of the path of the module that has the class */
    const char *name;   /* of the class; NULL where `opens` is a function of the module */
    const char *module; /* of a function, else NULL */
    const char *opens;  /* the function in which it is opened */
    bool is_finalizer;  /* it is none: what a weakref.finalize() calls to close what the object had */
    const char *uses[SG_PYTHON_NAMES];
    const char *closes[SG_PYTHON_NAMES];
    enum sg_python_sign sign;
    const char *attribute; /* of the sign: a path */
    const char *text;
    enum sg_python_descriptor descriptor;
    const char *busy;    /* a function that gives 1 while a call is under way, where calls are not seen */
    const char *close;   /* how auto-close closes it: a path to a function without arguments */
    bool is_async;       /* which is a coroutine */
    bool is_alone;       /* which can do without its event loop */
    bool is_holder;      /* it holds others: empty, or where nothing was asked of itself, it is not open,
                            and as a part of a session it is nothing */
    const char *pool;    /* an attribute that has its connections: without any it is not open. "" is itself */
    const char *goodbye; /* what its server expects before the end of a connection without TLS */
    unsigned goodbye_size;
    const char *part;     /* an attribute that complains with it, see warnings.h; and goes on after it */
    const char *has_part; /* where this one is false */
};

extern const struct sg_python_class sg_python_classes[]; /* up to one without a kind */

#endif
