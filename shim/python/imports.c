#include "imports.h"
#include "api.h"
#include "detector.h"
#include "python.h"
#include "sessions.h"
#include "warnings.h"
#include "wrapper.h"

#include <string.h>

/* ---- wrapping ---- */

static void wrap(void *holder, const struct sg_python_class *class, const char *name,
                 enum sg_python_role role)
{
    void *all = sg_py.PyObject_GetAttrString(holder, "__dict__");
    void *function =
        all ? sg_py.PyMapping_GetItemString(all, name) : NULL; /* as it lies there, and no base's */
    bool is_function = function && !sg_python_is_wrapper(function) &&
                       (role == SG_ROLE_MAKES || sg_python_type_of(function) == sg_py.function_type);
    void *wrapper = is_function ? sg_python_wrap(function, class, role) : NULL;
    if (wrapper && sg_py.PyObject_SetAttrString(holder, name, wrapper) == 0 &&
        (role == SG_ROLE_OPENS || role == SG_ROLE_USES))
        sg_python_session_function(class, function);
    sg_py.Py_DecRef(wrapper);
    sg_py.Py_DecRef(function);
    sg_py.Py_DecRef(all);
    sg_py.PyErr_Clear();
}

static void wrap_class(void *made, const struct sg_python_class *class)
{
    wrap(made, class, class->opens, SG_ROLE_OPENS);
    for (unsigned i = 0; i < SG_PYTHON_NAMES && class->uses[i]; i++)
        wrap(made, class, class->uses[i], SG_ROLE_USES);
    for (unsigned i = 0; i < SG_PYTHON_NAMES && class->closes[i]; i++)
        wrap(made, class, class->closes[i], SG_ROLE_CLOSES);
    if (class->part && !sg_detector_options->python_warnings)
        sg_python_warnings_start();
}

/* ---- whose code it is ---- */

static bool is_file(const char *path, const char *file)
{
    size_t length = strlen(path);
    size_t end = strlen(file);
    if (length < end || memcmp(path + length - end, file, end) != 0)
        return false;
    return length == end || path[length - end - 1] == '/';
}

/* ---- what was executed ---- */

/* In the dictionary of the module: it may have a function for what it lacks. */
static void wrap_in(const struct sg_python_class *class, void *globals)
{
    void *there = sg_py.PyDict_GetItemString(globals, class->name ? class->name : class->opens);
    if (!there)
        return;
    if (!class->name)
        wrap(sg_python_module(class->module), class, class->opens, SG_ROLE_MAKES);
    else if (sg_python_type_of(there)->flags & SG_PYTHON_TYPE_SUBCLASS)
        wrap_class(there, class);
}

/* The code of a module has run. */
static void look_at(void *code, void *globals)
{
    struct sg_python_error error = sg_python_error_keep();
    void *name = sg_python_attribute(code, "co_filename");
    const char *path = sg_python_text(name);
    for (const struct sg_python_class *class = sg_python_classes; path && class->kind; class ++)
        if (!class->kind->is_ignored && is_file(path, class->file))
            wrap_in(class, globals);
    sg_py.Py_DecRef(name);
    sg_py.PyErr_Clear();
    sg_python_error_restore(error);
}

/* Another interpreter of the process has classes of its own. */
static bool is_main(void) { return sg_py.PyInterpreterState_Get() == sg_py.PyInterpreterState_Main(); }

/* A function with METH_FASTCALL, and from 3.13 on with METH_KEYWORDS as well. */
typedef void *fast_call(void *module, void *const *arguments, intptr_t count, void *names);
static fast_call *own_exec;

static void *exec(void *module, void *const *arguments, intptr_t count, void *names)
{
    void *result = own_exec(module, arguments, count, names);
    if (result && count >= 2 && sg_python_type_of(arguments[0]) == sg_python_symbols.PyCode_Type &&
        !sg_python_has_ended && is_main())
        look_at(arguments[0], arguments[1]);
    return result;
}

/* As in CPython's cpython/methodobject.h. */
struct c_function {
    struct sg_python_object head;
    struct sg_python_method *method;
};

void sg_python_imports_start(void)
{
    void *function = sg_python_attribute(sg_python_module("builtins"), "exec");
    if (function && sg_python_type_of(function) == sg_py.c_function_type) {
        struct sg_python_method *method = ((struct c_function *)function)->method;
        fast_call *there = (fast_call *)(uintptr_t)method->function;
        if ((method->flags & ~SG_METH_KEYWORDS) == SG_METH_FASTCALL && there != exec) {
            own_exec = there;
            method->function = (void *(*)(void *, void *))(uintptr_t)exec;
        }
    }
    sg_py.Py_DecRef(function);
}
