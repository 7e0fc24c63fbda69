#include "interpreter.h"
#include "api.h"
#include "close.h"
#include "finish.h"
#include "imports.h"
#include "loader.h"
#include "object.h"
#include "objects.h"
#include "python.h"
#include "sessions.h"
#include "shutdown.h"
#include "sys.h"

#include <string.h>

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
static bool is_entry_in; /* like the list, only with the interpreter's lock */
static char own_context;

/* While there is any hook the interpreter makes objects of all that it tells, which is
 * as much work as all of ours. So the entry is in the list from before the interpreter
 * starts to the first event that it can be asked things in, and again when it ends. */
static void put_entry_in(void)
{
    if (!first_entry || is_entry_in)
        return;
    own_entry->next = *first_entry;
    *first_entry = own_entry;
    is_entry_in = true;
}

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
            is_entry_in = true;
            return true;
        }
    }
    return false;
}

static void take_entry_out(void)
{
    struct hook_entry **at = first_entry;
    while (at && *at && *at != own_entry)
        at = &(*at)->next;
    if (at && *at)
        *at = own_entry->next;
    is_entry_in = false;
}

/* ---- the end of the interpreter ---- */

static bool is_late;       /* the interpreter was loaded by dlopen(), and may be unloaded */
static bool is_registered; /* only with the interpreter's lock */

/* Runs as the last of the functions of Python's own atexit module, as the first
 * that was registered: before other threads lose what they have. Below Python code
 * it is the program that has run them, and that goes on. */
static void *at_end(void *self, void *arguments)
{
    (void)self;
    (void)arguments;
    put_entry_in();
    if (sg_python_is_running()) {
        is_registered = false;
    } else {
        sg_python_close_all();
        sg_python_end();
        sg_shutdown_begins();
    }
    return sg_py.PyLong_FromLong(0);
}

#define API_VERSION 1013 /* PYTHON_API_VERSION of modsupport.h, unchanged since 3.0 */

/* Python's atexit module, of our own: importing it would show in sys.modules, and with
 * -v on stderr. What it needs of a specification is a name, which this one has. */
static void *make_atexit(void)
{
    void *named = sg_py.PySys_GetObject("implementation");
    void *definition = named ? sg_py.PyInit_atexit() : NULL;
    return definition ? sg_py.PyModule_FromDefAndSpec2(definition, named, API_VERSION) : NULL;
}

/* The dictionary is cleared, as the functions in it refer to their module: the collector
 * would count what it finds. With -v the end of a module shows on stderr: it stays. */
static void drop_atexit(void *module)
{
    if (!module || !sg_py.is_verbose || *sg_py.is_verbose)
        return;
    void *all = sg_python_attribute(module, "__dict__");
    if (all)
        sg_py.PyDict_Clear(all);
    sg_py.Py_DecRef(all);
    sg_py.Py_DecRef(module);
}

static void register_end(void)
{
    static struct sg_python_method method = {"sessguard", at_end, SG_METH_NOARGS, NULL};
    is_registered = true;
    take_entry_out(); /* what is done here would be told to the hook, too */
    struct sg_python_error error = sg_python_error_keep();
    void *module = make_atexit();
    void *function = module ? sg_py.PyCMethod_New(&method, NULL, NULL, NULL) : NULL;
    void *result = function ? sg_py.PyObject_CallMethod(module, "register", "O", function) : NULL;
    sg_py.Py_DecRef(result);
    sg_py.Py_DecRef(function);
    drop_atexit(module);
    sg_python_error_restore(error);
}

/* ---- what the interpreter tells ---- */

static bool is(const char *event, const char *name) { return strcmp(event, name) == 0; }

/* Returns 0: the event may go on. */
static int heard(const char *event, void *arguments, void *unused)
{
    (void)unused;
    if (is(event, "cpython._PySys_ClearAuditHooks")) {
        take_entry_out();
        first_entry = NULL; /* for good */
        sg_python_end_for_good();
        if (is_late) /* it may be unloaded, or started again, when it is looked for anew */
            sg_python_is_there = false;
        is_registered = false;
    } else if (arguments && !is_registered && sg_py.Py_IsInitialized()) {
        register_end();
        sg_python_imports_start();
    }
    return 0;
}

/* ---- code that goes ---- */

static void (*own_dealloc)(void *); /* of code objects */

/* The interpreter has code to free as it ends, also where the program has taken our
 * function out of the atexit module. */
static void code_goes(void *code)
{
    __atomic_add_fetch(&sg_python_era, 1, __ATOMIC_RELEASE);
    if (SG_UNLIKELY(!is_entry_in && sg_python_symbols.Py_IsFinalizing && sg_python_symbols.Py_IsFinalizing()))
        put_entry_in();
    own_dealloc(code);
}

static void watch_code(const void *code_type)
{
    struct sg_python_type *type = (struct sg_python_type *)(uintptr_t)code_type;
    if (type->dealloc == code_goes)
        return;
    own_dealloc = type->dealloc;
    type->dealloc = code_goes;
}

/* ---- finding it ---- */

static bool is_api_there;

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
        .PyCell_Type = sg_elf_variable(elf, "PyCell_Type"),
        .PyBytes_Type = sg_elf_variable(elf, "PyBytes_Type"),
        ._PyRuntime = sg_elf_variable(elf, "_PyRuntime"),
        .Py_IsFinalizing = (int (*)(void))is_finalizing,
        ._PyEval_EvalFrameDefault = (uintptr_t)sg_elf_function(elf, "_PyEval_EvalFrameDefault"),
        .evaluator_size = sg_elf_size(elf, "_PyEval_EvalFrameDefault"),
    };
    is_api_there = sg_python_api_find(elf);
    return true;
}

/* Before it has started, its hook can be set without its lock, and nothing was missed. */
static void look_for_it(void)
{
    struct sg_python_symbols symbols = {0};
    sg_objects_each(find, &symbols, false);
    if (!symbols.PyGILState_GetThisThreadState || (is_api_there && sg_py.Py_IsInitialized()))
        return;
    if (!sg_python_start(&symbols, is_api_there && symbols._PyRuntime && runtime_size))
        return;
    sg_python_sessions_start();
    if (sg_py.PySys_AddAuditHook(heard, &own_context) != 0 || !find_entry(symbols._PyRuntime, heard))
        sg_python_is_there = false;
    else
        watch_code(symbols.PyCode_Type);
    sg_finish_closes_first = sg_python_close_at_exit;
}

static void look_again(void)
{
    is_late = is_late || !sg_python_is_there;
    if (!sg_python_is_there)
        look_for_it();
}

/* While it may be going its frames are not read, nor afterwards if it is gone. */
static void unloads(bool is_over)
{
    static bool was_there;
    uintptr_t address = sg_python_address();
    struct sg_object object;
    if (!is_late || !address)
        return;
    if (!is_over) {
        was_there = sg_python_is_there;
        __atomic_store_n(&sg_python_is_there, false, __ATOMIC_SEQ_CST);
    } else if (sg_object_find(address, &object)) {
        __atomic_store_n(&sg_python_is_there, was_there, __ATOMIC_SEQ_CST);
    } else {
        is_registered = false;
        first_entry = NULL;
    }
}

void sg_interpreter_find(void)
{
    sg_loader_loaded = look_again;
    sg_loader_unloads = unloads;
    look_for_it();
}
