#include "interpreter.h"
#include "objects.h"
#include "python.h"
#include "shutdown.h"
#include "sys.h"

#include <string.h>

/* Of the interpreter's C API (https://docs.python.org/3/c-api/), what is called
 * here; objects are only passed on. */
struct method {
    const char *name;
    void *(*function)(void *self, void *arguments);
    int flags;
    const char *documentation;
};
#define METH_NOARGS 4

static struct {
    int (*PySys_AddAuditHook)(int (*hook)(const char *, void *, void *), void *);
    int (*Py_IsInitialized)(void);
    void (*PyErr_Fetch)(void **, void **, void **);
    void (*PyErr_Restore)(void *, void *, void *);
    void *(*PyInit_atexit)(void);
    void *(*PySys_GetObject)(const char *);
    void *(*PyModule_FromDefAndSpec2)(void *, void *, int);
    void *(*PyCMethod_New)(struct method *, void *, void *, void *);
    void *(*PyObject_CallMethod)(void *, const char *, const char *, ...);
    void *(*PyLong_FromLong)(long);
    void (*Py_DecRef)(void *);
} api;

/* ---- the end of the interpreter ---- */

static bool is_registered; /* only with the interpreter's lock */

/* Runs as the last of the functions of Python's own atexit module, as the first
 * that was registered: before other threads lose what they have. Below Python code
 * it is the program that has run them, and that goes on. */
static void *at_end(void *self, void *arguments)
{
    (void)self;
    (void)arguments;
    if (sg_python_is_running()) {
        is_registered = false;
    } else {
        sg_python_end();
        sg_shutdown_begins();
    }
    return api.PyLong_FromLong(0);
}

#define API_VERSION 1013 /* PYTHON_API_VERSION of modsupport.h, unchanged since 3.0 */

/* Python's atexit module, of our own: importing it would show in sys.modules, and with
 * -v on stderr. What it needs of a specification is a name, which this one has. */
static void *make_atexit(void)
{
    void *named = api.PySys_GetObject("implementation");
    void *definition = named ? api.PyInit_atexit() : NULL;
    return definition ? api.PyModule_FromDefAndSpec2(definition, named, API_VERSION) : NULL;
}

static void register_end(void)
{
    static struct method method = {"sessguard", at_end, METH_NOARGS, NULL};
    void *type;
    void *value;
    void *trace;
    is_registered = true; /* what is done here is told to the hook, too */
    api.PyErr_Fetch(&type, &value, &trace);
    void *module = make_atexit();
    void *function = module ? api.PyCMethod_New(&method, NULL, NULL, NULL) : NULL;
    void *result = function ? api.PyObject_CallMethod(module, "register", "O", function) : NULL;
    api.Py_DecRef(result);
    api.Py_DecRef(function);
    /* The module is kept: with -v the end of one shows on stderr. */
    api.PyErr_Restore(type, value, trace);
}

/* ---- the entry of our hook ---- */

/* As in CPython's Python/sysmodule.c: what the hook was added as, in a list that begins
 * in _PyRuntime. */
struct hook_entry {
    struct hook_entry *next;
    int (*hook)(const char *, void *, void *);
    void *context;
};
static struct hook_entry *own_entry;
static struct hook_entry **first_entry; /* where the list begins */
static size_t runtime_size;
static char own_context;

/* The interpreter takes the entry from the allocator of before its start, and gives it
 * back to that of its end. With -X dev or PYTHONMALLOC=debug that is another one, which
 * aborts. So at the end the entry is taken out of the list, and stays. */
static bool find_entry(const void *runtime, int (*hook)(const char *, void *, void *))
{
    struct hook_entry **words = (struct hook_entry **)(uintptr_t)runtime;
    for (size_t i = 0; i < runtime_size / sizeof *words; i++) {
        uintptr_t entry = (uintptr_t)words[i];
        bool may_be = entry && entry % sizeof(void *) == 0 && sg_sys_is_readable(entry) &&
                      sg_sys_is_readable(entry + sizeof(struct hook_entry) - 1);
        if (may_be && words[i]->hook == hook && words[i]->context == &own_context) {
            own_entry = words[i];
            first_entry = &words[i];
            return true;
        }
    }
    return false;
}

static void take_entry_out(void)
{
    for (struct hook_entry **at = first_entry; at && *at; at = &(*at)->next)
        if (*at == own_entry) {
            *at = own_entry->next;
            return;
        }
}

/* ---- what the interpreter tells ---- */

static bool is(const char *event, const char *name) { return strcmp(event, name) == 0; }

/* Returns 0: the event may go on. */
static int heard(const char *event, void *arguments, void *unused)
{
    (void)arguments;
    (void)unused;
    /* Everything that code objects come from; most events begin with other letters. */
    bool may_be_code = event[0] == 'c' || event[0] == 'm';
    if (may_be_code && (is(event, "compile") || is(event, "marshal.loads") || is(event, "marshal.load") ||
                        is(event, "code.__new__")))
        __atomic_add_fetch(&sg_python_era, 1, __ATOMIC_RELEASE);
    if (may_be_code && is(event, "cpython._PySys_ClearAuditHooks")) {
        take_entry_out();
        sg_python_end_for_good(); /* the last that is heard */
        return 0;
    }
    if (SG_UNLIKELY(!is_registered) && arguments && api.Py_IsInitialized())
        register_end();
    return 0;
}

/* ---- finding it ---- */

static bool find(void *context, const struct sg_elf *elf)
{
    struct sg_python_symbols *symbols = context;
    void *thread = sg_elf_function(elf, "PyGILState_GetThisThreadState");
    if (!thread)
        return false;
    void *is_finalizing = sg_elf_function(elf, "Py_IsFinalizing");
    if (!is_finalizing)
        is_finalizing = sg_elf_function(elf, "_Py_IsFinalizing");
    runtime_size = sg_elf_size(elf, "_PyRuntime");
    *symbols = (struct sg_python_symbols){
        .Py_Version = sg_elf_variable(elf, "Py_Version"),
        .PyGILState_GetThisThreadState = (void *(*)(void))thread,
        .PyCode_Type = sg_elf_variable(elf, "PyCode_Type"),
        .PyUnicode_Type = sg_elf_variable(elf, "PyUnicode_Type"),
        .PyBytes_Type = sg_elf_variable(elf, "PyBytes_Type"),
        ._PyRuntime = sg_elf_variable(elf, "_PyRuntime"),
        .Py_IsFinalizing = (int (*)(void))is_finalizing,
        ._PyEval_EvalFrameDefault = (uintptr_t)sg_elf_function(elf, "_PyEval_EvalFrameDefault"),
        .evaluator_size = sg_elf_size(elf, "_PyEval_EvalFrameDefault"),
    };
#define FIND(name) api.name = (__typeof__(api.name))sg_elf_function(elf, #name)
    FIND(PySys_AddAuditHook);
    FIND(Py_IsInitialized);
    FIND(PyErr_Fetch);
    FIND(PyErr_Restore);
    FIND(PyInit_atexit);
    FIND(PySys_GetObject);
    FIND(PyModule_FromDefAndSpec2);
    FIND(PyCMethod_New);
    FIND(PyObject_CallMethod);
    FIND(PyLong_FromLong);
    FIND(Py_DecRef);
#undef FIND
    return true;
}

void sg_interpreter_find(void)
{
    struct sg_python_symbols symbols = {0};
    sg_objects_each(find, &symbols, false);
    if (!api.PySys_AddAuditHook || !api.Py_IsInitialized || !api.PyErr_Fetch || !api.PyErr_Restore ||
        !api.PyInit_atexit || !api.PySys_GetObject || !api.PyModule_FromDefAndSpec2 || !api.PyCMethod_New ||
        !api.PyObject_CallMethod || !api.PyLong_FromLong || !api.Py_DecRef || !symbols._PyRuntime ||
        !runtime_size || !sg_python_start(&symbols))
        return;
    if (api.PySys_AddAuditHook(heard, &own_context) != 0 || !find_entry(symbols._PyRuntime, heard))
        sg_python_is_there = false;
}
