#include "state.h"
#include "api.h"
#include "detector.h"
#include "graph.h"

#include <limits.h>
#include <string.h>

/* ---- is it closed? ---- */

static bool is_sign(const struct sg_python_class *class, void *value)
{
    const char *text;
    void *result;
    bool is_false;
    switch (class->sign) {
    case SG_SIGN_TRUE:
        return sg_python_is_true(value);
    case SG_SIGN_FALSE:
        return !sg_python_is_true(value);
    case SG_SIGN_TEXT:
        text = sg_python_text(value);
        return text && strcmp(text, class->text) == 0;
    case SG_SIGN_CALL_FALSE:
        result = sg_py.PyObject_CallNoArgs(value);
        if (!result)
            sg_py.PyErr_Clear();
        is_false = result && !sg_python_is_true(result);
        sg_py.Py_DecRef(result);
        return is_false;
    case SG_SIGN_NONE:
    case SG_SIGN_CALL:
    default:
        return false;
    }
}

/* The attribute's value, or None where one on the path is None; a new reference. */
static void *value_of(const struct sg_python_class *class, void *object)
{
    const char *dot = strchr(class->attribute, '.');
    char first[32];
    if (dot && (size_t)(dot - class->attribute) < sizeof first) {
        memcpy(first, class->attribute, (size_t)(dot - class->attribute));
        first[dot - class->attribute] = '\0';
        void *value = sg_python_attribute(object, first);
        if (!value || sg_python_is_none(value))
            return value;
        sg_py.Py_DecRef(value);
    }
    return sg_python_attribute(object, class->attribute);
}

bool sg_python_session_is_closed(const struct sg_python_class *class, void *object)
{
    if (class->sign == SG_SIGN_CALL)
        return false;
    struct sg_python_error error = sg_python_error_keep();
    void *value = value_of(class, object);
    bool is_closed = value && (sg_python_is_none(value) || is_sign(class, value));
    sg_py.Py_DecRef(value);
    sg_python_error_restore(error);
    return is_closed;
}

/* ---- records ---- */

struct sg_handle *sg_python_session_record(const struct sg_python_watch *watch)
{
    struct sg_handle *slot = watch ? sg_known(watch->class->kind, (uintptr_t)watch->object) : NULL;
    return slot && slot->record.serial == watch->serial ? slot : NULL;
}

void sg_python_session_closed(struct sg_python_watch *watch)
{
    (void)sg_closing(sg_python_session_record(watch));
    sg_python_watch_end(watch);
}

/* ---- what it holds ---- */

void sg_python_session_find_descriptor(const struct sg_python_watch *watch, void *object)
{
    void *holder = object;
    void *number = NULL;
    if (watch->class->descriptor == SG_DESCRIPTOR_NONE)
        return;
    sg_py.Py_IncRef(holder);
    if (watch->class->descriptor == SG_DESCRIPTOR_TRANSPORT) {
        void *transport = sg_python_attribute(object, "_transport");
        sg_py.Py_DecRef(holder);
        holder = transport ? sg_py.PyObject_CallMethod(transport, "get_extra_info", "s", "socket") : NULL;
        sg_py.Py_DecRef(transport);
    }
    if (holder && !sg_python_is_none(holder))
        number = sg_py.PyObject_CallMethod(holder, "fileno", NULL);
    long fd = number ? sg_py.PyLong_AsLong(number) : -1;
    sg_py.PyErr_Clear();
    sg_py.Py_DecRef(number);
    sg_py.Py_DecRef(holder);
    if (fd >= 0 && fd <= INT32_MAX)
        (void)sg_give_descriptor((int)fd, sg_python_session_record(watch));
}

/* What an object holds of others is not its own; but a holder is what holds it. */
static bool is_watched(void *object)
{
    const struct sg_python_watch *watch = sg_python_watch_of(object);
    return watch && !watch->class->is_holder;
}

static void give(void *slot, int fd) { (void)sg_give_descriptor(fd, slot); }

/* Of what a pool has connected, also for others than its session. */
static void give_used(void *slot, int fd)
{
    if (sg_give_descriptor(fd, slot)) {
        sg_use_begins(slot);
        sg_use_ends(slot);
    }
}

void sg_python_session_find_sockets(const struct sg_python_watch *watch, void *object)
{
    struct sg_handle *slot = sg_python_session_record(watch);
    if (!slot)
        return;
    struct sg_python_error error = sg_python_error_keep();
    void *pool = watch->class->pool ? sg_python_attribute(object, watch->class->pool) : NULL;
    sg_python_graph_sockets(pool ? pool : object, is_watched, pool ? give_used : give, slot);
    sg_py.Py_DecRef(pool);
    sg_python_error_restore(error);
}

bool sg_python_session_is_nothing(const struct sg_python_watch *watch)
{
    const struct sg_handle *slot = sg_python_session_record(watch);
    if (!slot)
        return false;
    return (watch->class->is_holder && !slot->record.used) ||
           (watch->class->pool && !sg_has_descriptors(slot));
}

bool sg_python_session_shares_pool(const struct sg_python_class *class, void *object)
{
    struct sg_python_error error = sg_python_error_keep();
    bool has_pool = class->pool && class->pool[0];
    struct sg_python_object *pool = has_pool ? sg_python_attribute(object, class->pool) : NULL;
    bool is_shared = pool && pool->references > 2; /* the session's and ours */
    sg_py.Py_DecRef(pool);
    sg_python_error_restore(error);
    return is_shared;
}
