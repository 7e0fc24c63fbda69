#include "imports.h"
#include "api.h"
#include "detector.h"
#include "sessions.h"
#include "warnings.h"
#include "wrapper.h"

#include <string.h>

bool sg_python_imports_expects;
static const struct sg_python_class *expected; /* its function is to be there soon */
static unsigned n_expected;                    /* classes that are to be made */
static void *build_class;                      /* what stood there before ours */
static void *own_build_class;
static void *first_build_class; /* what stood there before the first of ours */

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

/* ---- classes ---- */

static void set_build_class(void *function)
{
    void *builtins = sg_python_module("builtins");
    if (builtins && sg_py.PyObject_SetAttrString(builtins, "__build_class__", function) != 0)
        sg_py.PyErr_Clear();
}

/* Somebody else may have put a function of its own there meanwhile. */
static void put_back(void)
{
    void *builtins = sg_python_module("builtins");
    void *now = builtins ? sg_python_attribute(builtins, "__build_class__") : NULL;
    if (now == own_build_class)
        set_build_class(build_class);
    sg_py.Py_DecRef(now);
}

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

static void class_made(void *class, void *arguments)
{
    void *body = sg_py.PyTuple_GetItem(arguments, 0);
    struct made made = {class, sg_python_text(sg_py.PyTuple_GetItem(arguments, 1))};
    if (made.name && sg_python_type_of(body) == sg_py.function_type)
        each_class(sg_py.PyFunction_GetCode(body), wrap_if_named, &made);
}

/* What is called on is its own, if it is not the first: what stood before a later one may
 * call an earlier one. */
static void *make_class(void *before, void *arguments, void *keywords)
{
    void *made = sg_py.PyObject_Call(before ? before : first_build_class, arguments, keywords);
    if (made && sg_py.PyTuple_Size(arguments) >= 2) {
        class_made(made, arguments);
        if (n_expected == 0)
            put_back();
    }
    return made;
}

static void expect_class(void)
{
    static struct sg_python_method method = {"__build_class__", NULL, SG_METH_VARARGS | SG_METH_KEYWORDS,
                                             NULL};
    void *builtins = sg_python_module("builtins");
    void *now = builtins ? sg_python_attribute(builtins, "__build_class__") : NULL;
    if (now && now != own_build_class && (!own_build_class || now != build_class)) {
        method.function = (void *(*)(void *, void *))(uintptr_t)make_class;
        void *own = sg_py.PyCMethod_New(&method, first_build_class ? now : NULL, NULL, NULL);
        if (own) {
            if (!first_build_class) {
                first_build_class = now;
                sg_py.Py_IncRef(now);
            }
            sg_py.Py_DecRef(build_class);
            sg_py.Py_DecRef(own_build_class);
            sg_py.Py_IncRef(now);
            build_class = now;
            own_build_class = own;
        }
        sg_py.PyErr_Clear();
    }
    if (now && now == build_class)
        set_build_class(own_build_class);
    sg_py.Py_DecRef(now);
}

/* ---- events ---- */

void sg_python_imports_look(void)
{
    struct sg_python_error error = sg_python_error_keep();
    void *module = expected ? sg_python_module(expected->module) : NULL;
    /* In its dictionary: a module may have a function for what it lacks. */
    void *all = module ? sg_python_attribute(module, "__dict__") : NULL;
    void *function = all ? sg_py.PyDict_GetItemString(all, expected->opens) : NULL;
    if (function) {
        wrap(module, expected, expected->opens, SG_ROLE_MAKES);
        expected = NULL;
        sg_python_imports_expects = false;
    }
    sg_py.Py_DecRef(all);
    sg_py.PyErr_Clear();
    sg_python_error_restore(error);
}

static void expect(const struct sg_python_class *class, void *unused)
{
    (void)unused;
    if (class->name) {
        n_expected++;
        expect_class();
    } else {
        expected = class;
        sg_python_imports_expects = true;
    }
}

void sg_python_imports_exec(void *arguments)
{
    struct sg_python_error error = sg_python_error_keep();
    if (sg_py.PyTuple_Size(arguments) > 0)
        each_class(sg_py.PyTuple_GetItem(arguments, 0), expect, NULL);
    sg_python_error_restore(error);
}
