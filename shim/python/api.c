#include "api.h"

#include <string.h>

struct sg_python_api sg_py;

bool sg_python_api_find(const struct sg_elf *elf)
{
    bool is_whole = true;
#define FIND(result, function, parameters)                                                                   \
    sg_py.function = (__typeof__(sg_py.function))sg_elf_function(elf, #function);                            \
    is_whole &= sg_py.function != NULL;
    SG_PYTHON_FUNCTIONS(FIND)
#undef FIND
    sg_py.none = (struct sg_python_object *)(uintptr_t)sg_elf_variable(elf, "_Py_NoneStruct");
    sg_py.function_type = (struct sg_python_type *)(uintptr_t)sg_elf_variable(elf, "PyFunction_Type");
    sg_py.c_function_type = (struct sg_python_type *)(uintptr_t)sg_elf_variable(elf, "PyCFunction_Type");
    sg_py.coroutine_type = (struct sg_python_type *)(uintptr_t)sg_elf_variable(elf, "PyCoro_Type");
    sg_py.is_verbose = (const int *)sg_elf_variable(elf, "Py_VerboseFlag");
    sg_py.PyGILState_GetThisThreadState =
        (void *(*)(void))sg_elf_function(elf, "PyGILState_GetThisThreadState");
    void *holder = sg_elf_function(elf, "PyThreadState_GetUnchecked");
    if (!holder)
        holder = sg_elf_function(elf, "_PyThreadState_UncheckedGet");
    sg_py.PyThreadState_GetUnchecked = (void *(*)(void))holder;
    sg_py.PyWeakref_GetRef = (int (*)(void *, void **))sg_elf_function(elf, "PyWeakref_GetRef");
    sg_py.PyWeakref_GetObject = (void *(*)(void *))sg_elf_function(elf, "PyWeakref_GetObject");
    is_whole &= sg_py.PyWeakref_GetRef || sg_py.PyWeakref_GetObject;
    return is_whole && sg_py.none && sg_py.function_type && sg_py.c_function_type && sg_py.coroutine_type;
}

void *sg_python_module(const char *name)
{
    void *modules = sg_py.PySys_GetObject("modules");
    return modules ? sg_py.PyDict_GetItemString(modules, name) : NULL;
}

void *sg_python_referent(void *reference)
{
    void *object = NULL;
    if (!sg_py.PyWeakref_GetRef)
        object = sg_py.PyWeakref_GetObject(reference);
    else if (sg_py.PyWeakref_GetRef(reference, &object) > 0)
        sg_py.Py_DecRef(object); /* whoever has it has it still */
    return object == sg_py.none ? NULL : object;
}

const char *sg_python_text(void *object)
{
    const char *text = object ? sg_py.PyUnicode_AsUTF8AndSize(object, NULL) : NULL;
    if (!text)
        sg_py.PyErr_Clear();
    return text;
}

void *sg_python_attribute(void *object, const char *path)
{
    char name[64];
    sg_py.Py_IncRef(object);
    while (*path && object) {
        size_t length = strcspn(path, ".");
        if (length >= sizeof name)
            length = sizeof name - 1;
        memcpy(name, path, length);
        name[length] = '\0';
        path += length + (path[length] == '.');
        void *next = sg_py.PyObject_GetAttrString(object, name);
        sg_py.Py_DecRef(object);
        object = next;
    }
    if (!object)
        sg_py.PyErr_Clear();
    return object;
}

bool sg_python_is_true(void *object)
{
    int truth = sg_py.PyObject_IsTrue(object);
    if (truth < 0)
        sg_py.PyErr_Clear();
    return truth > 0;
}

bool sg_python_has(void *object, const char *path, bool (*is)(void *value))
{
    void *value = sg_python_attribute(object, path);
    bool is_so = value && is(value);
    sg_py.Py_DecRef(value);
    return is_so;
}
