#include "courses.h"
#include "api.h"
#include "detector.h"
#include "places.h"
#include "state.h"

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
    void *object = sg_python_referent(course->object);
    struct sg_python_watch *watch = object ? sg_python_watch_of(object) : NULL;
    if (watch && watch->serial != course->serial)
        watch = NULL;
    if (!course->closes) {
        sg_use_ends(sg_python_session_record(watch));
        sg_places_use_ends(course->place);
    } else if (watch &&
               (course->class->sign == SG_SIGN_CALL || sg_python_session_is_closed(course->class, object))) {
        sg_python_session_closed(watch);
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

static bool has_run_out(void *coroutine)
{
    return !sg_python_has(coroutine, "cr_suspended", sg_python_is_true) &&
           !sg_python_has(coroutine, "cr_running", sg_python_is_true) &&
           sg_python_has(coroutine, "cr_frame", sg_python_is_none);
}

/* While a coroutine is held its course stays, whatever the garbage collector does. */
void sg_python_courses_look(size_t limit)
{
    struct sg_python_error error = sg_python_error_keep();
    for (size_t rest = limit < n_courses ? limit : n_courses; rest > 0 && first_course; rest--) {
        struct course *course = first_course;
        take_out(course);
        append(course); /* the next time it is the others' turn */
        void *coroutine = sg_python_referent(course->reference);
        if (!coroutine)
            continue;
        sg_py.Py_IncRef(coroutine);
        if (has_run_out(coroutine))
            end_course(course);
        sg_py.Py_DecRef(coroutine);
    }
    sg_python_error_restore(error);
}

bool sg_python_course_follow(void *coroutine, const struct sg_python_watch *watch, uint32_t place,
                             bool closes)
{
    static struct sg_python_method method = {"sessguard", course_ends, SG_METH_O, NULL};
    struct course *course = sg_py.PyMem_Malloc(sizeof *course);
    if (!course)
        return false;
    *course = (struct course){.object = watch->reference,
                              .class = watch->class,
                              .serial = watch->serial,
                              .place = place,
                              .closes = closes};
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
