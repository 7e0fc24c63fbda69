#include "graph.h"
#include "api.h"
#include "sys.h"

#include <limits.h>
#include <string.h>

#define NODES 1024U
#define SEEN 4096U /* a power of two */
#define FLAGS_HAVE_GC (1UL << 14)
#define FLAGS_IS_TYPE (1UL << 31)

static struct {
    void *nodes[NODES];
    void *seen[SEEN];
    unsigned at[NODES]; /* where each node is in these */
} * search;             /* mapped when it is first needed */
static unsigned n_nodes;

static bool is_new(void *object)
{
    unsigned at = (unsigned)((uintptr_t)object >> 4) % SEEN;
    while (search->seen[at] && search->seen[at] != object)
        at = (at + 1) % SEEN;
    if (search->seen[at])
        return false;
    search->seen[at] = object;
    search->at[n_nodes] = at;
    return true;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name);
    return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

/* What many share, or what leads to everything. */
static bool is_crossroads(const struct sg_python_type *type)
{
    static const char *const names[] = {
        "module",  "function", "method",    "builtin_function_or_method",
        "code",    "frame",    "coroutine", "Context",
        "Logger",  "Future",   "generator", "mappingproxy",
        "Manager",
    };
    if (ends_with(type->name, "Loop") || ends_with(type->name, "Task") || ends_with(type->name, "Handle") ||
        ends_with(type->name, ".Future") || ends_with(type->name, "Selector"))
        return true;
    for (unsigned i = 0; i < SG_COUNT(names); i++)
        if (strcmp(type->name, names[i]) == 0)
            return true;
    return false;
}

static int add(void *object, void *unused)
{
    (void)unused;
    const struct sg_python_type *type = sg_python_type_of(object);
    if (n_nodes < NODES && (type->flags & FLAGS_HAVE_GC) && !(type->flags & FLAGS_IS_TYPE) &&
        !is_crossroads(type) && is_new(object))
        search->nodes[n_nodes++] = object;
    return 0;
}

/* A class of Python's has its own in front of its base's: the last is that of the module. */
static bool is_socket(void *object, void *socket_type)
{
    return socket_type && sg_py.PyType_IsSubtype(sg_python_type_of(object), socket_type);
}

/* The module's own function, whatever the object's class has: no code of Python's may run,
 * nor the garbage collector, while the objects are looked at that are found. */
static int number_of(void *socket, void *socket_type)
{
    void *number = sg_py.PyObject_CallMethod(socket_type, "fileno", "O", socket);
    long fd = number ? sg_py.PyLong_AsLong(number) : -1;
    sg_py.Py_DecRef(number);
    sg_py.PyErr_Clear();
    return fd >= 0 && fd <= INT_MAX ? (int)fd : -1;
}

void sg_python_graph_sockets(void *object, bool (*is_other)(void *object),
                             void (*each)(void *context, int fd), void *context)
{
    struct sg_python_error error = sg_python_error_keep();
    void *module = sg_python_module("_socket");
    void *socket_type = module ? sg_python_attribute(module, "socket") : NULL;
    if (!search)
        search = sg_sys_map(sizeof *search);
    n_nodes = 0;
    if (socket_type && search)
        (void)add(object, NULL);
    for (unsigned i = 0; i < n_nodes; i++) {
        void *node = search->nodes[i];
        const struct sg_python_type *type = sg_python_type_of(node);
        int fd = is_socket(node, socket_type) ? number_of(node, socket_type) : -1;
        if (fd >= 0)
            each(context, fd);
        else if (type->traverse && (i == 0 || !is_other(node)))
            (void)type->traverse(node, add, NULL);
    }
    for (unsigned i = 0; i < n_nodes; i++)
        search->seen[search->at[i]] = NULL;
    sg_py.Py_DecRef(socket_type);
    sg_python_error_restore(error);
}
