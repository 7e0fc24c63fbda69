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

/* Calls `each` for the classes that are in the file that the code object comes from. */
static void each_class(void *code, void (*each)(const struct sg_python_class *class, void *context),
                       void *context)
{
    void *name = sg_python_attribute(code, "co_filename");
    const char *path = sg_python_text(name);
    for (const struct sg_python_class *class = sg_python_classes; path && class->kind; class ++)
        if (!class->kind->is_ignored && is_file(path, class->file))
            each(class, context);
    sg_py.Py_DecRef(name);
}

/* Another interpreter of the process has classes of its own. */
static bool is_main(void) { return sg_py.PyInterpreterState_Get() == sg_py.PyInterpreterState_Main(); }

/* ---- classes ---- */

/* A function of METH_FASTCALL, with METH_KEYWORDS or without. */
typedef void *fast_call(void *module, void *const *arguments, intptr_t count, void *names);

static fast_call *own_build_class;
static unsigned n_expected; /* classes that are to be made */

struct made {
    void *class;
    const char *name;
};

static void wrap_if_named(const struct sg_python_class *class, void *context)
{
    const struct made *made = context;
    if (!class->name || strcmp(class->name, made->name) != 0)
        return;
    wrap_class(made->class, class);
    n_expected -= n_expected > 0;
}

/* Its first two arguments are the function that is its body, and its name. */
static SG_NOINLINE void *make_class(void *module, void *const *arguments, intptr_t count, void *names)
{
    struct made made = {own_build_class(module, arguments, count, names), NULL};
    if (made.class && count >= 2 && is_main() && sg_python_type_of(arguments[0]) == sg_py.function_type &&
        (made.name = sg_python_text(arguments[1])))
        each_class(sg_py.PyFunction_GetCode(arguments[0]), wrap_if_named, &made);
    return made.class;
}

static void *build_class(void *module, void *const *arguments, intptr_t count, void *names)
{
    if (SG_UNLIKELY(n_expected > 0))
        return make_class(module, arguments, count, names);
    return own_build_class(module, arguments, count, names);
}

/* ---- code that is executed ---- */

static fast_call *own_exec;

/* In its dictionary: a module may have a function for what it lacks. */
static void wrap_function(const struct sg_python_class *class)
{
    struct sg_python_error error = sg_python_error_keep();
    void *module = sg_python_module(class->module);
    void *all = module ? sg_python_attribute(module, "__dict__") : NULL;
    if (all && sg_py.PyDict_GetItemString(all, class->opens))
        wrap(module, class, class->opens, class->is_finalizer ? SG_ROLE_FINALIZES : SG_ROLE_MAKES);
    sg_py.Py_DecRef(all);
    sg_py.PyErr_Clear();
    sg_python_error_restore(error);
}

static void expect(const struct sg_python_class *class, void *function_class)
{
    if (class->name)
        n_expected++;
    else
        *(const struct sg_python_class **)function_class = class;
}

/* The class of the table whose function the code is going to make, if there is one. */
static SG_NOINLINE const struct sg_python_class *look_at(void *code)
{
    const struct sg_python_class *class = NULL;
    struct sg_python_error error = sg_python_error_keep();
    if (!sg_python_has_ended && is_main())
        each_class(code, expect, &class);
    sg_python_error_restore(error);
    return class;
}

static SG_NOINLINE void *exec_and_wrap(void *module, void *const *arguments, intptr_t count, void *names,
                                       const struct sg_python_class *class)
{
    void *result = own_exec(module, arguments, count, names);
    wrap_function(class);
    return result;
}

/* Nothing of ours is on the stack while the code runs, but where it has to be: how deep a
 * program's calls can be is up to it. */
static void *exec(void *module, void *const *arguments, intptr_t count, void *names)
{
    if (count > 0 && sg_python_type_of(arguments[0]) == sg_python_symbols.PyCode_Type) {
        const struct sg_python_class *class = look_at(arguments[0]);
        if (class)
            return exec_and_wrap(module, arguments, count, names, class);
    }
    return own_exec(module, arguments, count, names);
}

/* ---- the functions of the interpreter ---- */

/* As in CPython's cpython/methodobject.h. */
struct c_function {
    struct sg_python_object head;
    struct sg_python_method *method;
};

/* Puts ours in the place of a function of the module builtins, in the table that the
 * object for it points to. */
static void replace(const char *name, fast_call *ours, fast_call **own)
{
    void *function = sg_python_attribute(sg_python_module("builtins"), name);
    if (function && sg_python_type_of(function) == sg_py.c_function_type) {
        struct sg_python_method *method = ((struct c_function *)function)->method;
        fast_call *there = (fast_call *)(uintptr_t)method->function;
        if ((method->flags & ~SG_METH_KEYWORDS) == SG_METH_FASTCALL && there != ours) {
            *own = there;
            method->function = (void *(*)(void *, void *))(uintptr_t)ours;
        }
    }
    sg_py.Py_DecRef(function);
}

void sg_python_imports_start(void)
{
    replace("__build_class__", build_class, &own_build_class);
    if (own_build_class)
        replace("exec", exec, &own_exec);
}
