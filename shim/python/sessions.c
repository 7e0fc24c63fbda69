#include "sessions.h"
#include "api.h"
#include "detector.h"
#include "graph.h"
#include "places.h"
#include "python.h"
#include "warnings.h"
#include "wrapper.h"

#include <string.h>

/* ---- is it closed? ---- */

static bool is_none(void *object) { return object == (void *)sg_py.none; }

static bool is_true(void *object)
{
    int truth = sg_py.PyObject_IsTrue(object);
    if (truth < 0)
        sg_py.PyErr_Clear();
    return truth > 0;
}

static bool is_sign(const struct sg_python_class *class, void *value)
{
    const char *text;
    void *result;
    bool is_false;
    switch (class->sign) {
    case SG_SIGN_TRUE:
        return is_true(value);
    case SG_SIGN_FALSE:
        return !is_true(value);
    case SG_SIGN_TEXT:
        text = sg_python_text(value);
        return text && strcmp(text, class->text) == 0;
    case SG_SIGN_CALL_FALSE:
        result = sg_py.PyObject_CallNoArgs(value);
        if (!result)
            sg_py.PyErr_Clear();
        is_false = result && !is_true(result);
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
        if (!value || is_none(value))
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
    bool is_closed = value && (is_none(value) || is_sign(class, value));
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

static void closed(struct sg_python_watch *watch)
{
    (void)sg_closing(sg_python_session_record(watch));
    sg_python_watch_end(watch);
}

/* The event loop that this thread is in. */
static void note_loop(struct sg_python_watch *watch)
{
    if (watch->loop || !watch->class->is_async)
        return;
    void *events = sg_python_module("asyncio.events");
    void *loop = events ? sg_py.PyObject_CallMethod(events, "_get_running_loop", NULL) : NULL;
    if (loop && !is_none(loop))
        watch->loop = sg_py.PyWeakref_NewRef(loop, NULL);
    sg_py.Py_DecRef(loop);
    sg_py.PyErr_Clear();
}

/* What was there before: its object went unasked, or lives on in the child of a fork. */
static void forget_stale(void *object)
{
    struct sg_python_watch *stale = sg_python_watch_of(object);
    if (stale)
        closed(stale);
}

static struct sg_python_watch *open_session(const struct sg_python_class *class, void *object,
                                            const struct sg_site *site)
{
    struct sg_python_error error = sg_python_error_keep();
    forget_stale(object);
    uint32_t serial = sg_serial_next();
    sg_opened(class->kind, (uintptr_t)object, site, serial, 0);
    struct sg_handle *slot = sg_known(class->kind, (uintptr_t)object);
    struct sg_python_watch *watch = slot ? sg_python_watch_start(object, class, serial) : NULL;
    if (slot && !watch)
        (void)sg_closing(slot);
    if (watch)
        note_loop(watch);
    if (watch && !class->uses[0]) { /* its uses are not seen */
        sg_use_begins(slot);
        sg_use_ends(slot);
    }
    sg_python_error_restore(error);
    return watch;
}

/* The socket of a session that was there before it. */
static void find_descriptor(const struct sg_python_watch *watch, void *object)
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
    if (holder && !is_none(holder))
        number = sg_py.PyObject_CallMethod(holder, "fileno", NULL);
    long fd = number ? sg_py.PyLong_AsLong(number) : -1;
    sg_py.PyErr_Clear();
    sg_py.Py_DecRef(number);
    sg_py.Py_DecRef(holder);
    if (fd >= 0 && fd <= INT32_MAX)
        (void)sg_give_descriptor((int)fd, sg_python_session_record(watch));
}

/* ---- what it holds ---- */

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

/* True if somebody else has its pool, which goes on when it ends. */
static bool has_shared_pool(const struct sg_python_class *class, void *object)
{
    struct sg_python_error error = sg_python_error_keep();
    bool has_pool = class->pool && class->pool[0];
    struct sg_python_object *pool = has_pool ? sg_python_attribute(object, class->pool) : NULL;
    bool is_shared = pool && pool->references > 2; /* the session's and ours */
    sg_py.Py_DecRef(pool);
    sg_python_error_restore(error);
    return is_shared;
}

/* ---- calls ---- */

/* What a coroutine does is done when it ends, whoever runs it. Its object goes then, but
 * where an exception holds it in a cycle: that is looked for when it matters. */
struct course {
    struct course *next, *previous;
    void *reference; /* weak, to the coroutine; NULL once it has ended */
    void *object;    /* weak, to the session */
    const struct sg_python_class *class;
    uint32_t serial;
    uint32_t place; /* where its use was counted, 0 not */
    bool closes;
};

static struct course *first_course, *last_course;
static size_t n_courses;

static void append(struct course *course)
{
    course->next = NULL;
    course->previous = last_course;
    *(last_course ? &last_course->next : &first_course) = course;
    last_course = course;
    n_courses++;
}

static void take_out(const struct course *course)
{
    *(course->previous ? &course->previous->next : &first_course) = course->next;
    *(course->next ? &course->next->previous : &last_course) = course->previous;
    n_courses--;
}

/* Once: the program can find the callback, and call it as often as it likes. */
static void end_course(struct course *course)
{
    void *own = course->reference;
    if (!own)
        return;
    course->reference = NULL;
    take_out(course);
    void *object = sg_py.PyWeakref_GetObject(course->object);
    struct sg_python_watch *watch = object && !is_none(object) ? sg_python_watch_of(object) : NULL;
    if (watch && watch->serial != course->serial)
        watch = NULL;
    if (!course->closes) {
        sg_use_ends(sg_python_session_record(watch));
        sg_places_use_ends(course->place);
    } else if (watch &&
               (course->class->sign == SG_SIGN_CALL || sg_python_session_is_closed(course->class, object))) {
        closed(watch);
    }
    sg_py.Py_DecRef(course->object);
    sg_py.Py_DecRef(own); /* and with it the callback, its capsule, and the course */
}

static void free_course(void *capsule) { sg_py.PyMem_Free(sg_py.PyCapsule_GetPointer(capsule, NULL)); }

static void *course_ends(void *capsule, void *reference)
{
    struct course *course = sg_py.PyCapsule_GetPointer(capsule, NULL);
    (void)reference;
    struct sg_python_error error = sg_python_error_keep();
    if (course)
        end_course(course);
    sg_python_error_restore(error);
    sg_py.Py_IncRef(sg_py.none);
    return sg_py.none;
}

static bool has_attribute(void *object, const char *name, bool (*is)(void *value))
{
    void *value = sg_python_attribute(object, name);
    bool is_so = value && is(value);
    sg_py.Py_DecRef(value);
    return is_so;
}

static bool has_run_out(void *coroutine)
{
    return !has_attribute(coroutine, "cr_suspended", is_true) &&
           !has_attribute(coroutine, "cr_running", is_true) && has_attribute(coroutine, "cr_frame", is_none);
}

/* While a coroutine is held its course stays, whatever the garbage collector does. */
void sg_python_session_uses_end(unsigned limit)
{
    struct sg_python_error error = sg_python_error_keep();
    for (size_t rest = limit < n_courses ? limit : n_courses; rest > 0 && first_course; rest--) {
        struct course *course = first_course;
        take_out(course);
        append(course); /* the next time it is the others' turn */
        void *coroutine = sg_py.PyWeakref_GetObject(course->reference);
        if (!coroutine || is_none(coroutine))
            continue;
        sg_py.Py_IncRef(coroutine);
        if (has_run_out(coroutine))
            end_course(course);
        sg_py.Py_DecRef(coroutine);
    }
    sg_python_error_restore(error);
}

/* False: nothing tells when it ends. */
static bool follow(void *coroutine, struct course of)
{
    static struct sg_python_method method = {"sessguard", course_ends, SG_METH_O, NULL};
    struct course *course = sg_py.PyMem_Malloc(sizeof *course);
    if (!course)
        return false;
    *course = of;
    void *capsule = sg_py.PyCapsule_New(course, NULL, free_course);
    if (!capsule)
        sg_py.PyMem_Free(course);
    void *callback = capsule ? sg_py.PyCMethod_New(&method, capsule, NULL, NULL) : NULL;
    void *reference = callback ? sg_py.PyWeakref_NewRef(coroutine, callback) : NULL;
    if (reference) {
        course->reference = reference;
        append(course);
        sg_py.Py_IncRef(course->object);
    } else {
        sg_py.PyErr_Clear();
    }
    sg_py.Py_DecRef(callback);
    sg_py.Py_DecRef(capsule);
    return reference != NULL;
}

static struct course course_of(const struct sg_python_watch *watch, uint32_t place, bool closes)
{
    return (struct course){.object = watch->reference,
                           .class = watch->class,
                           .serial = watch->serial,
                           .place = place,
                           .closes = closes};
}

static void *make_call(const struct sg_python_called *called)
{
    return sg_py.PyObject_Call(called->function, called->arguments, called->keywords);
}

static bool is_coroutine(void *result) { return result && sg_python_type_of(result) == sg_py.coroutine_type; }

#define COURSES_AT_ONCE 64U

/* A session is in use from when the first of its uses begins. */
static void *use(const struct sg_python_called *called, struct sg_python_watch *watch)
{
    struct sg_handle *slot = sg_python_session_record(watch);
    if (!slot)
        return make_call(called);
    uint32_t serial = watch->serial;
    void *object = watch->object; /* the arguments hold it */
    if (sg_places_use_is_peak(sg_life_place(slot->record.life))) {
        sg_python_session_uses_end(COURSES_AT_ONCE);
        watch = sg_python_watch_of(object);
        slot = watch && watch->serial == serial ? sg_python_session_record(watch) : NULL;
        if (!slot)
            return make_call(called);
    }
    uint32_t place = sg_use_calls(__atomic_load_n(&slot->use, __ATOMIC_RELAXED)) == 0
                         ? sg_life_place(slot->record.life)
                         : 0;
    note_loop(watch);
    sg_use_begins(slot);
    sg_places_use_begins(place);
    void *result = make_call(called);
    watch = sg_python_watch_of(object);
    if (watch && watch->serial != serial)
        watch = NULL;
    struct sg_python_error error = sg_python_error_keep();
    if (!watch || !is_coroutine(result) || !follow(result, course_of(watch, place, false))) {
        sg_use_ends(sg_python_session_record(watch));
        sg_places_use_ends(place);
    }
    sg_python_error_restore(error);
    return result;
}

/* Its part, if that is watched by itself; a new reference. */
static void *part_of(const struct sg_python_watch *watch, void *object)
{
    if (!watch->class->part)
        return NULL;
    struct sg_python_error error = sg_python_error_keep();
    void *part = sg_python_attribute(object, watch->class->part);
    if (part && !sg_python_session_record(sg_python_watch_of(part))) {
        sg_py.Py_DecRef(part);
        part = NULL;
    }
    sg_python_error_restore(error);
    return part;
}

/* What the session has connected goes on in its part. */
static void pass_on(const struct sg_python_watch *watch, void *part)
{
    const struct sg_python_watch *to = sg_python_watch_of(part);
    struct sg_handle *slot = sg_python_session_record(to);
    if (!slot || sg_python_session_is_closed(to->class, part) ||
        !sg_pass_descriptors(sg_python_session_record(watch), slot))
        return;
    sg_use_begins(slot);
    sg_use_ends(slot);
}

static void *close_session(const struct sg_python_called *called, struct sg_python_watch *watch)
{
    uint32_t serial = watch->serial;
    void *object = watch->object;
    void *part = part_of(watch, object);
    bool is_kept = part && !has_attribute(object, watch->class->has_part, is_true);
    if (watch->class->pool || part)
        sg_python_session_find_sockets(watch, object); /* what stays in the pool is no leak of its own */
    void *result = make_call(called);
    watch = sg_python_watch_of(object);
    if (!watch || watch->serial != serial) {
        sg_py.Py_DecRef(part);
        return result;
    }
    struct sg_python_error error = sg_python_error_keep();
    if (part && (is_kept || !is_coroutine(result)))
        pass_on(watch, part);
    sg_py.Py_DecRef(part);
    bool is_coming = is_coroutine(result) && follow(result, course_of(watch, 0, true));
    if (!is_coming &&
        ((watch->class->sign == SG_SIGN_CALL && result) || sg_python_session_is_closed(watch->class, object)))
        closed(watch);
    sg_python_error_restore(error);
    return result;
}

/* It is known before its function has run, so that what that opens belongs to it. */
static void *open_in(const struct sg_python_called *called, void *object, const struct sg_site *site)
{
    struct sg_python_watch *watch = open_session(called->class, object, site);
    if (watch && called->class->is_holder && sg_python_session_record(watch)->record.owner) {
        closed(watch);
        watch = NULL;
    }
    if (!watch)
        return make_call(called);
    uint32_t serial = watch->serial;
    void *result = make_call(called);
    watch = sg_python_watch_of(object);
    if (!watch || watch->serial != serial)
        return result;
    struct sg_python_error error = sg_python_error_keep();
    if (!result || (!called->class->is_holder && sg_python_session_is_closed(called->class, object)))
        closed(watch);
    else
        find_descriptor(watch, object);
    sg_python_error_restore(error);
    return result;
}

static void *open_result(const struct sg_python_called *called, const struct sg_site *site)
{
    void *result = make_call(called);
    if (!result || is_none(result) || sg_python_session_is_closed(called->class, result))
        return result;
    struct sg_python_watch *watch = open_session(called->class, result, site);
    if (watch)
        find_descriptor(watch, result);
    return result;
}

static void *handle(const struct sg_python_called *called, const struct sg_site *site)
{
    bool is_watched = sg_detector_is_on() && !called->class->kind->is_ignored && !sg_python_is_ending;
    if (is_watched && called->role == SG_ROLE_MAKES)
        return open_result(called, site);
    if (!is_watched || sg_py.PyTuple_Size(called->arguments) < 1)
        return make_call(called);
    void *object = sg_py.PyTuple_GetItem(called->arguments, 0);
    struct sg_python_watch *watch = sg_python_watch_of(object);
    if (watch && !sg_python_session_record(watch))
        watch = NULL; /* a parent's */
    if (called->role == SG_ROLE_OPENS && !watch)
        return open_in(called, object, site);
    if (called->role == SG_ROLE_USES && watch)
        return use(called, watch);
    if (called->role == SG_ROLE_CLOSES && watch)
        return close_session(called, watch);
    return make_call(called);
}

/* ---- the end of an object ---- */

static void ends(struct sg_python_watch *watch, void *object)
{
    if (!watch) {
        sg_python_warnings_end();
        return;
    }
    sg_python_warnings_begin(watch->class, object);
    if (sg_python_is_ending) { /* what became of it was found out before */
        if (watch->has_leaked)
            sg_python_warnings_part(object);
        return;
    }
    if (sg_python_session_is_closed(watch->class, object)) {
        (void)sg_closing(sg_python_session_record(watch));
    } else {
        sg_python_session_find_sockets(watch, object);
        if (sg_python_session_is_nothing(watch) || has_shared_pool(watch->class, object))
            (void)sg_closing(sg_python_session_record(watch));
        else {
            sg_python_warnings_part(object);
            sg_collected(sg_python_session_record(watch));
        }
    }
    sg_python_watch_end(watch);
}

void sg_python_session_function(const struct sg_python_class *class, void *function)
{
    void *code =
        sg_python_type_of(function) == sg_py.function_type ? sg_py.PyFunction_GetCode(function) : NULL;
    void *locals = code ? sg_python_attribute(code, "co_nlocals") : NULL;
    bool has_first = locals && is_true(locals); /* which is read as the session */
    sg_py.Py_DecRef(locals);
    if (!has_first)
        return;
    sg_py.Py_IncRef(code); /* it is known by its address */
    sg_python_note_function((uintptr_t)code, class->kind->number);
}

void sg_python_sessions_start(void)
{
    sg_python_handle = handle;
    sg_python_watch_ends = ends;
}
