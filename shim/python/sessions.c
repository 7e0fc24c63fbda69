#include "sessions.h"
#include "api.h"
#include "courses.h"
#include "detector.h"
#include "graph.h"
#include "places.h"
#include "python.h"
#include "shutdown.h"
#include "stack.h"
#include "state.h"
#include "warnings.h"
#include "wrapper.h"

#include <string.h>

/* ---- opening ---- */

/* The event loop that this thread is in. */
static void note_loop(struct sg_python_watch *watch)
{
    if (watch->loop || !watch->class->is_async)
        return;
    void *events = sg_python_module("asyncio.events");
    void *loop = events ? sg_py.PyObject_CallMethod(events, "_get_running_loop", NULL) : NULL;
    if (loop && !sg_python_is_none(loop))
        watch->loop = sg_py.PyWeakref_NewRef(loop, NULL);
    sg_py.Py_DecRef(loop);
    sg_py.PyErr_Clear();
}

/* What was there before: its object went unasked, or lives on in the child of a fork. */
static void forget_stale(void *object)
{
    struct sg_python_watch *stale = sg_python_watch_of(object);
    if (stale)
        sg_python_session_closed(stale);
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

/* ---- calls ---- */

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
        sg_python_courses_look(COURSES_AT_ONCE);
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
    if (!watch || !is_coroutine(result) || !sg_python_course_follow(result, watch, place, false)) {
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
    bool is_kept = part && !sg_python_has(object, watch->class->has_part, sg_python_is_true);
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
    bool is_coming = is_coroutine(result) && sg_python_course_follow(result, watch, 0, true);
    if (!is_coming &&
        ((watch->class->sign == SG_SIGN_CALL && result) || sg_python_session_is_closed(watch->class, object)))
        sg_python_session_closed(watch);
    sg_python_error_restore(error);
    return result;
}

/* It is known before its function has run, so that what that opens belongs to it. */
static void *open_in(const struct sg_python_called *called, void *object, const struct sg_site *site)
{
    struct sg_python_watch *watch = open_session(called->class, object, site);
    if (watch && called->class->is_holder && sg_python_session_record(watch)->record.owner) {
        sg_python_session_closed(watch);
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
        sg_python_session_closed(watch);
    else
        sg_python_session_find_descriptor(watch, object);
    sg_python_error_restore(error);
    return result;
}

static void *open_result(const struct sg_python_called *called, const struct sg_site *site)
{
    void *result = make_call(called);
    if (!result || sg_python_is_none(result) || sg_python_session_is_closed(called->class, result))
        return result;
    struct sg_python_watch *watch = open_session(called->class, result, site);
    if (watch)
        sg_python_session_find_descriptor(watch, result);
    return result;
}

/* True if the outermost frame is the function by which weakref ends at exit what has lived
 * until then. */
static bool is_at_exit(const struct sg_site *site)
{
    struct sg_python_chain chain;
    uintptr_t code = 0;
    if (!sg_python_enter())
        return false;
    if (sg_python_chain(site->cfa, sg_stack_high(site), SG_STACK_DEPTH_MAX, &chain) == SG_PYTHON_READ &&
        !chain.is_cut)
        for (unsigned i = 0; i < chain.count; i++)
            code = chain.steps[i].code ? chain.steps[i].code : code;
    sg_python_leave();
    void *name = code ? sg_python_attribute((void *)code, "co_qualname") : NULL; /* NOLINT */
    const char *text = sg_python_text(name);
    bool is_exit = text && strcmp(text, "finalize._exitfunc") == 0;
    sg_py.Py_DecRef(name);
    return is_exit;
}

static bool is_none_other(void *object)
{
    (void)object;
    return false;
}

static void keep_socket(void *unused, int fd)
{
    (void)unused;
    sg_shutdown_keep_owned(fd);
}

/* The program's own functions of atexit may still close the session. If none does, what it
 * had is in the report as if the end of the interpreter had closed it. */
static void *finalize(const struct sg_python_called *called, const struct sg_site *site)
{
    struct sg_python_error error = sg_python_error_keep();
    if (is_at_exit(site))
        sg_python_graph_sockets(called->arguments, is_none_other, keep_socket, NULL);
    sg_python_error_restore(error);
    return make_call(called);
}

static void *handle(const struct sg_python_called *called, const struct sg_site *site)
{
    bool is_watched = sg_detector_is_on() && !called->class->kind->is_ignored && !sg_python_is_ending;
    if (is_watched && called->role == SG_ROLE_MAKES)
        return open_result(called, site);
    if (is_watched && called->role == SG_ROLE_FINALIZES)
        return finalize(called, site);
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
        if (sg_python_session_is_nothing(watch) || sg_python_session_shares_pool(watch->class, object))
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
    bool has_first = locals && sg_python_is_true(locals); /* which is read as the session */
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
