#include "warnings.h"
#include "api.h"

#include <string.h>

#define PARTS 256U /* of objects that went, which go themselves soon */

static void *ending_object;
static uintptr_t parts[PARTS];
static unsigned n_parts;

void sg_python_warnings_part(void *object) { parts[n_parts++ % PARTS] = (uintptr_t)object; }

void sg_python_warnings_begin(const struct sg_python_class *class, void *object)
{
    ending_object = object;
    if (!class->part)
        return;
    struct sg_python_error error = sg_python_error_keep();
    void *part = sg_python_attribute(object, class->part);
    if (part && part != (void *)sg_py.none)
        sg_python_warnings_part(part);
    sg_py.Py_DecRef(part);
    sg_python_error_restore(error);
}

void sg_python_warnings_end(void) { ending_object = NULL; }

static bool is_part(uintptr_t address)
{
    for (unsigned i = 0; i < PARTS && address; i++)
        if (parts[i] == address) {
            parts[i] = 0;
            return true;
        }
    return false;
}

static uintptr_t address_in(const char *digits)
{
    static const char all[] = "0123456789abcdef";
    uintptr_t address = 0;
    for (const char *digit; *digits && (digit = strchr(all, *digits)); digits++)
        address = address * 16 + (uintptr_t)(digit - all);
    return address;
}

static bool begins_with(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* A message of asyncio's default handler for exceptions says what it is about in its
 * first line, and then its context, in which an object is written by its address. */
static bool is_known(const char *message)
{
    if (begins_with(message, "Unclosed client session\n"))
        return ending_object != NULL;
    const char *connector =
        begins_with(message, "Unclosed connector\n") ? strstr(message, "\nconnector: ") : NULL;
    const char *at = connector ? strstr(connector, " object at 0x") : NULL;
    return at && is_part(address_in(at + strlen(" object at 0x")));
}

static void *filter(void *unused, void *record)
{
    (void)unused;
    void *name = sg_python_attribute(record, "name");
    void *message = sg_python_attribute(record, "msg");
    const char *logger = sg_python_text(name);
    const char *text = sg_python_text(message);
    bool is_left_out = logger && text && strcmp(logger, "asyncio") == 0 && is_known(text);
    sg_py.Py_DecRef(name);
    sg_py.Py_DecRef(message);
    return sg_py.PyBool_FromLong(!is_left_out);
}

void sg_python_warnings_start(void)
{
    static bool is_started;
    static struct sg_python_method method = {"sessguard", filter, SG_METH_O, NULL};
    void *logging = is_started ? NULL : sg_python_module("logging");
    void *last = logging ? sg_python_attribute(logging, "lastResort") : NULL;
    if (last && last != (void *)sg_py.none) {
        void *function = sg_py.PyCMethod_New(&method, NULL, NULL, NULL);
        void *result = function ? sg_py.PyObject_CallMethod(last, "addFilter", "O", function) : NULL;
        is_started = result != NULL;
        sg_py.Py_DecRef(result);
        sg_py.Py_DecRef(function);
    }
    sg_py.Py_DecRef(last);
    if (!is_started)
        sg_py.PyErr_Clear();
}
