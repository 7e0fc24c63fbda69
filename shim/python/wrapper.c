#include "wrapper.h"
#include "api.h"

#include <stddef.h>
#include <string.h>

struct wrapper {
    struct sg_python_object head;
    void *function;
    void *weak_references;
    const struct sg_python_class *class;
    enum sg_python_role role;
};

sg_python_handler *sg_python_handle;
static struct sg_python_type *wrapper_type;

static void *call(void *object, void *arguments, void *keywords)
{
    struct sg_site site = SG_SITE();
    const struct wrapper *self = object;
    struct sg_python_called called = {self->class, self->role, self->function, arguments, keywords};
    return sg_python_handle(&called, &site);
}

/* As a function does it: of a class it is itself, of an instance a bound method. */
static void *get(void *object, void *instance, void *owner)
{
    (void)owner;
    if (instance && instance != sg_py.none)
        return sg_py.PyMethod_New(object, instance);
    sg_py.Py_IncRef(object);
    return object;
}

/* What has to be this object's own, so that a call on it comes here. */
static bool is_own(const char *name)
{
    static const char *const own[] = {"__get__", "__call__", "__reduce_ex__", "__reduce__"};
    for (unsigned i = 0; i < SG_COUNT(own) && name; i++)
        if (strcmp(name, own[i]) == 0)
            return true;
    return false;
}

static void *get_attribute(void *object, void *name)
{
    if (is_own(sg_python_text(name)))
        return sg_py.PyObject_GenericGetAttr(object, name);
    return sg_py.PyObject_GetAttr(((struct wrapper *)object)->function, name);
}

static int set_attribute(void *object, void *name, void *value)
{
    return sg_py.PyObject_SetAttr(((struct wrapper *)object)->function, name, value);
}

static void *represent(void *object) { return sg_py.PyObject_Repr(((struct wrapper *)object)->function); }

/* Functions are pickled, and copied, by their name. */
static void *reduce(void *object, void *protocol)
{
    (void)protocol;
    return sg_py.PyObject_GetAttrString(((struct wrapper *)object)->function, "__qualname__");
}

typedef int visit(void *object, void *context);

static int traverse(void *object, visit *each, void *context)
{
    struct wrapper *self = object;
    int result = self->function ? each(self->function, context) : 0;
    return result ? result : each(self->head.type, context);
}

/* There is no function to clear it: what the garbage collector's victims do as they go may
 * still ask for the function, which breaks its own cycles. */
static void deallocate(void *object)
{
    struct wrapper *self = object;
    struct sg_python_type *type = self->head.type;
    sg_py.PyObject_GC_UnTrack(object);
    if (self->weak_references)
        sg_py.PyObject_ClearWeakRefs(object);
    sg_py.Py_DecRef(self->function);
    sg_py.PyObject_GC_Del(object);
    sg_py.Py_DecRef(type);
}

/* object.__getattribute__() does not ask get_attribute(): what every function has is there
 * for it, too. */
static void *get_field(void *object, void *name)
{
    return sg_py.PyObject_GetAttrString(((struct wrapper *)object)->function, name);
}

struct field {
    const char *name;
    void *(*get)(void *object, void *closure);
    int (*set)(void *object, void *value, void *closure);
    const char *documentation;
    void *closure;
};

static char fields_of_functions[][16] = {
    "__doc__",        "__name__",    "__qualname__", "__code__",        "__defaults__",
    "__kwdefaults__", "__globals__", "__closure__",  "__annotations__",
};

/* From CPython's typeslots.h, structmember.h and object.h. */
enum { TP_CALL = 50, TP_DEALLOC = 52, TP_DESCR_GET = 54, TP_GETATTRO = 58, TP_METHODS = 64, TP_REPR = 66 };
enum { TP_SETATTRO = 69, TP_TRAVERSE = 71, TP_MEMBERS, TP_GETSET };
#define T_PYSSIZET 19
#define READONLY 1
#define FLAGS_IMMUTABLE (1U << 8)
#define FLAGS_HAVE_GC (1U << 14)
#define FLAGS_METHOD_DESCRIPTOR (1U << 17) /* a call on an instance need not make a method first */
#define FLAGS_DEFAULT (1U << 18)

static struct sg_python_type *make_type(void)
{
    static struct sg_python_method methods[] = {
        {"__reduce_ex__", reduce, SG_METH_O, NULL},
        {"__reduce__", reduce, SG_METH_NOARGS, NULL},
        {NULL, NULL, 0, NULL},
    };
    static struct sg_python_member members[] = {
        {"__weaklistoffset__", T_PYSSIZET, offsetof(struct wrapper, weak_references), READONLY, NULL},
        {NULL, 0, 0, 0, NULL},
    };
    static struct field fields[SG_COUNT(fields_of_functions) + 1];
    static struct sg_python_slot slots[] = {
        {TP_CALL, (void *)call},
        {TP_DEALLOC, (void *)deallocate},
        {TP_DESCR_GET, (void *)get},
        {TP_GETATTRO, (void *)get_attribute},
        {TP_METHODS, methods},
        {TP_REPR, (void *)represent},
        {TP_SETATTRO, (void *)set_attribute},
        {TP_TRAVERSE, (void *)traverse},
        {TP_MEMBERS, members},
        {TP_GETSET, fields},
        {0, NULL},
    };
    static struct sg_python_spec spec = {
        "builtins.function", sizeof(struct wrapper), 0,
        FLAGS_IMMUTABLE | FLAGS_HAVE_GC | FLAGS_METHOD_DESCRIPTOR | FLAGS_DEFAULT, slots};
    for (unsigned i = 0; i < SG_COUNT(fields_of_functions); i++)
        fields[i] = (struct field){fields_of_functions[i], get_field, NULL, NULL, fields_of_functions[i]};
    return sg_py.PyType_FromSpec(&spec);
}

void *sg_python_wrap(void *function, const struct sg_python_class *class, enum sg_python_role role)
{
    if (!wrapper_type)
        wrapper_type = make_type();
    struct wrapper *self = wrapper_type ? sg_py.PyType_GenericAlloc(wrapper_type, 0) : NULL;
    if (!self)
        return NULL;
    sg_py.Py_IncRef(function);
    self->function = function;
    self->class = class;
    self->role = role;
    return self;
}

bool sg_python_is_wrapper(void *object) { return wrapper_type && sg_python_type_of(object) == wrapper_type; }
