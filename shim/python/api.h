/* What is called of the interpreter's C API (https://docs.python.org/3/c-api/), found
 * by name in the process: programs without Python have none of it. Objects are only
 * passed on, so that nothing depends on where their fields lie, but for the heads of
 * objects and types.
 *
 * Layer:   13
 * Threads: all but sg_python_api_find() with the interpreter's lock.
 * Memory:  static.
 * Fails:   false where a function is missing.
 */
#ifndef SG_PYTHON_API_H
#define SG_PYTHON_API_H

#include "symbols.h"

#include <stdint.h>

/* Of a PyObject, and of a PyTypeObject what is needed: the same from 3.8 on. */
struct sg_python_object {
    intptr_t references;
    struct sg_python_type *type;
};

struct sg_python_type {
    struct sg_python_object head;
    intptr_t n_items;
    const char *name;
    intptr_t basic_size, item_size;
    void (*dealloc)(void *);
    void *unused_1[14];
    unsigned long flags;
    const char *documentation;
    int (*traverse)(void *, int (*)(void *, void *), void *);
    void *unused_2[25];
    void (*finalize)(void *);
};

#define SG_PYTHON_HEAP_TYPE (1UL << 9)
#define SG_PYTHON_TYPE_SUBCLASS (1UL << 31)

struct sg_python_method {
    const char *name;
    void *(*function)(void *self, void *arguments);
    int flags;
    const char *documentation;
};
#define SG_METH_VARARGS 1
#define SG_METH_KEYWORDS 2
#define SG_METH_NOARGS 4
#define SG_METH_O 8
#define SG_METH_FASTCALL 0x80

struct sg_python_slot {
    int id;
    void *value;
};

struct sg_python_spec {
    const char *name;
    int basic_size, item_size;
    unsigned flags;
    struct sg_python_slot *slots;
};

struct sg_python_member {
    const char *name;
    int type;
    intptr_t offset;
    int flags;
    const char *documentation;
};

/* F(result, name, parameters) */
#define SG_PYTHON_FUNCTIONS(F)                                                                               \
    F(int, PySys_AddAuditHook, (int (*)(const char *, void *, void *), void *))                              \
    F(int, Py_IsInitialized, (void))                                                                         \
    F(void *, PyInit_atexit, (void))                                                                         \
    F(void *, PySys_GetObject, (const char *))                                                               \
    F(void *, PyModule_FromDefAndSpec2, (void *, void *, int))                                               \
    F(void *, PyInterpreterState_Get, (void))                                                                \
    F(void *, PyInterpreterState_Main, (void))                                                               \
    F(void *, PyInterpreterState_ThreadHead, (void *))                                                       \
    F(void *, PyThreadState_Next, (void *))                                                                  \
    F(void, PyErr_Fetch, (void **, void **, void **))                                                        \
    F(void, PyErr_Restore, (void *, void *, void *))                                                         \
    F(void, PyErr_Clear, (void))                                                                             \
    F(void, Py_IncRef, (void *))                                                                             \
    F(void, Py_DecRef, (void *))                                                                             \
    F(void *, PyType_FromSpec, (struct sg_python_spec *))                                                    \
    F(void *, PyType_GenericAlloc, (void *, intptr_t))                                                       \
    F(void *, PyType_GetSlot, (void *, int))                                                                 \
    F(int, PyType_IsSubtype, (void *, void *))                                                               \
    F(void, PyObject_GC_UnTrack, (void *))                                                                   \
    F(void, PyObject_GC_Del, (void *))                                                                       \
    F(void, PyObject_ClearWeakRefs, (void *))                                                                \
    F(void *, PyObject_GenericGetAttr, (void *, void *))                                                     \
    F(void *, PyObject_GetAttr, (void *, void *))                                                            \
    F(void *, PyObject_GetAttrString, (void *, const char *))                                                \
    F(int, PyObject_SetAttr, (void *, void *, void *))                                                       \
    F(int, PyObject_SetAttrString, (void *, const char *, void *))                                           \
    F(void *, PyObject_Repr, (void *))                                                                       \
    F(int, PyObject_IsTrue, (void *))                                                                        \
    F(void *, PyObject_Call, (void *, void *, void *))                                                       \
    F(void *, PyObject_CallNoArgs, (void *))                                                                 \
    F(void *, PyObject_CallMethod, (void *, const char *, const char *, ...))                                \
    F(void *, PyMapping_GetItemString, (void *, const char *))                                               \
    F(void *, PyDict_GetItemString, (void *, const char *))                                                  \
    F(void, PyDict_Clear, (void *))                                                                          \
    F(intptr_t, PyTuple_Size, (void *))                                                                      \
    F(void *, PyTuple_GetItem, (void *, intptr_t))                                                           \
    F(const char *, PyUnicode_AsUTF8AndSize, (void *, intptr_t *))                                           \
    F(long, PyLong_AsLong, (void *))                                                                         \
    F(void *, PyLong_FromLong, (long))                                                                       \
    F(void *, PyBool_FromLong, (long))                                                                       \
    F(void *, PyMethod_New, (void *, void *))                                                                \
    F(void *, PyCMethod_New, (struct sg_python_method *, void *, void *, void *))                            \
    F(void *, PyFunction_GetCode, (void *))                                                                  \
    F(void *, PyWeakref_NewRef, (void *, void *))                                                            \
    F(void *, PyCapsule_New, (void *, const char *, void (*)(void *)))                                       \
    F(void *, PyCapsule_GetPointer, (void *, const char *))                                                  \
    F(void *, PyMem_Malloc, (size_t))                                                                        \
    F(void, PyMem_Free, (void *))

struct sg_python_api {
#define SG_PYTHON_DECLARE(result, name, parameters) result(*name) parameters;
    SG_PYTHON_FUNCTIONS(SG_PYTHON_DECLARE)
#undef SG_PYTHON_DECLARE
    struct sg_python_object *none;
    struct sg_python_type *function_type, *c_function_type;
    struct sg_python_type *coroutine_type;
    const int *is_verbose; /* NULL: not known */
    /* Those of the calling thread, and of the one that has the lock. The second is NULL if it
     * is not known; before 3.13 its name had an underscore. */
    void *(*PyGILState_GetThisThreadState)(void);
    void *(*PyThreadState_GetUnchecked)(void);
    /* One of these is there: the second is deprecated since 3.13. */
    int (*PyWeakref_GetRef)(void *, void **);
    void *(*PyWeakref_GetObject)(void *);
};
extern struct sg_python_api sg_py;

/* Finds all of it in the object that the interpreter is. Called by the constructor. */
bool sg_python_api_find(const struct sg_elf *elf);

/* The type of an object. */
static inline struct sg_python_type *sg_python_type_of(void *object)
{
    return ((struct sg_python_object *)object)->type;
}

/* A borrowed module that was imported, NULL if it was not. */
void *sg_python_module(const char *name);

/* The object that a weak reference leads to, borrowed; NULL if it is gone. */
void *sg_python_referent(void *reference);

/* The text of a str object, NULL if it is none; no error is left behind. */
const char *sg_python_text(void *object);

/* An attribute, by a path such as "_connector._closed"; a new reference. NULL without
 * an error if there is none. */
void *sg_python_attribute(void *object, const char *path);

/* What an object is taken for; and the same of an attribute of its. */
static inline bool sg_python_is_none(void *object) { return object == (void *)sg_py.none; }
bool sg_python_is_true(void *object);
bool sg_python_has(void *object, const char *path, bool (*is)(void *value));

/* Keeps an error that is being raised out of the way of what is done meanwhile. */
struct sg_python_error {
    void *type, *value, *trace;
};
static inline struct sg_python_error sg_python_error_keep(void)
{
    struct sg_python_error error;
    sg_py.PyErr_Fetch(&error.type, &error.value, &error.trace);
    return error;
}
static inline void sg_python_error_restore(struct sg_python_error error)
{
    sg_py.PyErr_Restore(error.type, error.value, error.trace);
}

#endif
