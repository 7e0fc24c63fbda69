#include "close.h"
#include "api.h"
#include "arena.h"
#include "courses.h"
#include "detector.h"
#include "finish.h"
#include "places.h"
#include "python.h"
#include "shutdown.h"
#include "sort.h"
#include "state.h"
#include "sys.h"
#include "wrapper.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

/* ---- the time ---- */

/* A call into Python cannot be abandoned, but what it waits for can be ended: a socket
 * that is shut down answers at once. */
static struct sg_handle *closing_now; /* atomic: the session that is being closed */
static uint64_t deadline_ns;
static uint32_t is_done; /* atomic, and a futex */
static bool is_late;     /* atomic */
static int exiting = -1; /* the status that the process ends with whatever comes; -1 none */

#define GRACE_MS 1000U /* after the time is over, for what wakes up then */

/* False if it is done before. */
static bool wait_until(uint64_t end_ns)
{
    for (uint64_t now = 0; (now = sg_sys_coarse_ns()) < end_ns;) {
        struct timespec rest = {.tv_sec = (time_t)((end_ns - now) / NS_PER_S),
                                .tv_nsec = (long)((end_ns - now) % NS_PER_S)};
        if (__atomic_load_n(&is_done, __ATOMIC_ACQUIRE))
            return false;
        (void)sg_sys4(SYS_futex, &is_done, FUTEX_WAIT_PRIVATE, 0, &rest);
    }
    return true;
}

static void *watch_time(void *unused)
{
    (void)unused;
    if (!wait_until(deadline_ns))
        return NULL;
    __atomic_store_n(&is_late, true, __ATOMIC_RELEASE);
    struct sg_handle *slot = __atomic_load_n(&closing_now, __ATOMIC_ACQUIRE);
    if (slot)
        sg_shutdown_hang_up(slot, NULL, 0);
    if (exiting >= 0 && wait_until(deadline_ns + GRACE_MS * NS_PER_MS)) {
        slot = __atomic_load_n(&closing_now, __ATOMIC_ACQUIRE);
        if (slot)
            sg_shutdown_closed(slot, SG_REASON_TIMEOUT);
        sg_sys1(SYS_exit_group, sg_finish_abruptly(exiting));
    }
    return NULL;
}

static bool start_watch(pthread_t *thread)
{
    uint64_t all = UINT64_MAX;
    uint64_t before = 0;
    deadline_ns = sg_sys_coarse_ns() + (uint64_t)sg_detector_options->close_timeout_ms * NS_PER_MS;
    sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    bool is_started = pthread_create(thread, NULL, watch_time, NULL) == 0;
    sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, sizeof before);
    return is_started;
}

static double seconds_left(void)
{
    uint64_t now = sg_sys_coarse_ns();
    return now < deadline_ns ? (double)(deadline_ns - now) / (double)NS_PER_S : 0.0;
}

/* ---- coroutines ---- */

static bool is_flag(void *object, const char *function)
{
    void *result = sg_py.PyObject_CallMethod(object, function, NULL);
    int truth = result ? sg_py.PyObject_IsTrue(result) : 0;
    sg_py.Py_DecRef(result);
    sg_py.PyErr_Clear();
    return truth > 0;
}

static bool has_succeeded(void *result)
{
    bool is_good = result != NULL;
    sg_py.Py_DecRef(result);
    sg_py.PyErr_Clear();
    return is_good;
}

/* In the loop of the session, which is not running: once more for each of its own
 * callbacks that closing leads to, as that of a transport to its socket. */
static bool run_in_loop(void *asyncio, void *loop, void *coroutine)
{
    void *timed = sg_py.PyObject_CallMethod(asyncio, "wait_for", "Od", coroutine, seconds_left());
    bool is_good = timed && has_succeeded(sg_py.PyObject_CallMethod(loop, "run_until_complete", "O", timed));
    sg_py.Py_DecRef(timed);
    for (unsigned i = 0; i < 3; i++) {
        void *pause = sg_py.PyObject_CallMethod(asyncio, "sleep", "i", 0);
        (void)has_succeeded(pause ? sg_py.PyObject_CallMethod(loop, "run_until_complete", "O", pause) : NULL);
        sg_py.Py_DecRef(pause);
    }
    return is_good;
}

/* In a loop that another thread runs. */
static bool run_elsewhere(void *asyncio, void *loop, void *coroutine)
{
    void *future = sg_py.PyObject_CallMethod(asyncio, "run_coroutine_threadsafe", "OO", coroutine, loop);
    bool is_good = future && has_succeeded(sg_py.PyObject_CallMethod(future, "result", "d", seconds_left()));
    sg_py.Py_DecRef(future);
    return is_good;
}

/* Without a loop: as far as it goes by itself. */
static void run_alone(void *coroutine)
{
    void *result = sg_py.PyObject_CallMethod(coroutine, "send", "O", sg_py.none);
    (void)has_succeeded(result);
    (void)has_succeeded(sg_py.PyObject_CallMethod(coroutine, "close", NULL));
}

/* To run it would go on with the program's own code. */
static bool has_tasks(void *loop)
{
    void *asyncio = sg_python_module("asyncio");
    void *tasks = asyncio ? sg_py.PyObject_CallMethod(asyncio, "all_tasks", "O", loop) : NULL;
    int truth = tasks ? sg_py.PyObject_IsTrue(tasks) : 1;
    sg_py.Py_DecRef(tasks);
    sg_py.PyErr_Clear();
    return truth != 0;
}

/* The event loop of the session, if it can still run; a new reference. */
static void *loop_of(const struct sg_python_watch *watch)
{
    void *loop = watch->loop ? sg_python_referent(watch->loop) : NULL;
    if (!loop)
        return NULL;
    sg_py.Py_IncRef(loop);
    if (!is_flag(loop, "is_closed") && (is_flag(loop, "is_running") || !has_tasks(loop)))
        return loop;
    sg_py.Py_DecRef(loop);
    return NULL;
}

static bool run_coroutine(void *loop, void *coroutine)
{
    void *asyncio = sg_python_module("asyncio");
    if (!asyncio)
        return false;
    return is_flag(loop, "is_running") ? run_elsewhere(asyncio, loop, coroutine)
                                       : run_in_loop(asyncio, loop, coroutine);
}

/* ---- closing ---- */

/* Calls a function that says with the number 1 that a call of C's is under way. */
static bool says_busy(void *object, const char *function)
{
    void *number = sg_py.PyObject_CallMethod(object, function, NULL);
    bool is_busy = number && sg_py.PyLong_AsLong(number) == 1;
    sg_py.Py_DecRef(number);
    sg_py.PyErr_Clear();
    return is_busy;
}

/* Another thread is in a call on it, or its loop is, which that thread runs. A coroutine in a
 * loop that stands still is under way no more. */
static bool is_in_use(const struct sg_python_watch *watch, const struct sg_handle *slot, void *object)
{
    if (watch->class->busy && says_busy(object, watch->class->busy))
        return true;
    if (sg_use_calls(__atomic_load_n(&slot->use, __ATOMIC_RELAXED)) == 0)
        return false;
    void *loop = watch->loop ? sg_python_referent(watch->loop) : NULL;
    return !watch->class->is_async || (loop && is_flag(loop, "is_running"));
}

/* An asyncio transport that is a socket, and no TLS over one. */
static bool is_plain(void *object)
{
    void *transport = sg_python_attribute(object, "_transport");
    bool is_socket = transport && strstr(sg_python_type_of(transport)->name, "SocketTransport");
    sg_py.Py_DecRef(transport);
    return is_socket;
}

/* The library's own function, and not what a class of the program's has in its place: that
 * may do anything, and wait for ever. NULL where it is not one that is wrapped. */
static void *own_close(const struct sg_python_class *class, void *object)
{
    void *order = sg_python_attribute(sg_python_type_of(object), "__mro__");
    intptr_t end = order ? sg_py.PyTuple_Size(order) : 0;
    void *found = NULL;
    for (intptr_t i = 0; i < end && !found; i++) {
        void *all = sg_python_attribute(sg_py.PyTuple_GetItem(order, i), "__dict__");
        found = all ? sg_py.PyMapping_GetItemString(all, class->close) : NULL;
        if (found && !sg_python_is_wrapper(found)) {
            sg_py.Py_DecRef(found);
            found = NULL;
        }
        sg_py.Py_DecRef(all);
        sg_py.PyErr_Clear();
    }
    sg_py.Py_DecRef(order);
    sg_py.PyErr_Clear();
    void *bound = found ? sg_py.PyMethod_New(found, object) : NULL;
    sg_py.Py_DecRef(found);
    return bound;
}

static bool call_close(const struct sg_python_watch *watch, const struct sg_handle *slot, void *object)
{
    const struct sg_python_class *class = watch->class;
    void *loop = class->is_async ? loop_of(watch) : NULL;
    bool is_left = class->is_async && !loop; /* its connections are ended as they are */
    bool is_called = !is_left || class->is_alone;
    void *function = is_called ? own_close(class, object) : NULL;
    if (is_called && !function)
        function = sg_python_attribute(object, class->close);
    void *result = function ? sg_py.PyObject_CallNoArgs(function) : NULL;
    bool is_good = result != NULL;
    if (result && sg_python_type_of(result) == sg_py.coroutine_type) {
        if (loop)
            is_good = run_coroutine(loop, result);
        else
            run_alone(result);
    }
    sg_py.Py_DecRef(function);
    sg_py.Py_DecRef(result);
    sg_py.Py_DecRef(loop);
    sg_py.PyErr_Clear();
    if (is_left)
        sg_shutdown_hang_up(slot, class->goodbye, is_plain(object) ? class->goodbye_size : 0);
    return is_good || is_left;
}

/* True if Python has another thread than this one: a daemon thread, as the others have been
 * joined. Nobody knows what it uses next, and it cannot be stopped here: closing may need it. */
static bool has_other_threads(void)
{
    void *head = sg_py.PyInterpreterState_ThreadHead(sg_py.PyInterpreterState_Get());
    return head && sg_py.PyThreadState_Next(head);
}

static enum sg_reason close_object(const struct sg_python_watch *watch, struct sg_handle *slot, void *object)
{
    if (has_other_threads())
        return SG_REASON_THREADS;
    if (__atomic_load_n(&is_late, __ATOMIC_ACQUIRE))
        return SG_REASON_TIMEOUT;
    if (is_in_use(watch, slot, object))
        return SG_REASON_IN_USE;
    sg_shutdown_closing(slot);
    __atomic_store_n(&closing_now, slot, __ATOMIC_RELEASE);
    bool is_good = call_close(watch, slot, object);
    __atomic_store_n(&closing_now, NULL, __ATOMIC_RELEASE);
    if (!is_good && seconds_left() <= 0.0)
        return SG_REASON_TIMEOUT;
    if (__atomic_load_n(&is_late, __ATOMIC_ACQUIRE))
        return SG_REASON_TIMEOUT;
    return is_good ? SG_REASON_NONE : SG_REASON_REFUSED;
}

/* Whatever is called may end any of the watches, so they are found anew each time. */
struct work {
    void **references; /* weak, to the objects */
    uint64_t *keys;    /* in the order of closing: the newest comes first */
    size_t count, room;
};

static void count(void *context, struct sg_python_watch *watch)
{
    (void)watch;
    ((struct work *)context)->room++;
}

static void gather(void *context, struct sg_python_watch *watch)
{
    struct work *work = context;
    struct sg_handle *slot = sg_python_session_record(watch);
    if (!slot)
        return; /* a parent's */
    if (!sg_python_watch_object(watch)) {
        (void)sg_closing(slot);
    } else if (work->count < work->room) {
        work->keys[work->count] = (uint64_t)(UINT32_MAX - watch->serial) << 32 | work->count;
        work->references[work->count++] = watch->reference;
        sg_py.Py_IncRef(watch->reference);
    }
}

static struct sg_python_watch *watch_at(const struct work *work, size_t i)
{
    void *object = sg_python_referent(work->references[(uint32_t)work->keys[i]]);
    struct sg_python_watch *watch = object ? sg_python_watch_of(object) : NULL;
    return watch && watch->serial == UINT32_MAX - (uint32_t)(work->keys[i] >> 32) ? watch : NULL;
}

/* What nobody saw, for which its state is there, and sockets. */
static void look_at(const struct work *work, size_t i)
{
    struct sg_python_watch *watch = watch_at(work, i);
    void *object = watch ? watch->object : NULL;
    if (!object)
        return;
    sg_py.Py_IncRef(object);
    bool is_closed = sg_python_session_is_closed(watch->class, object);
    watch = watch_at(work, i);
    if (watch && !is_closed) {
        sg_python_session_find_sockets(watch, object);
        watch = watch_at(work, i);
    }
    if (is_closed || sg_python_session_is_nothing(watch))
        (void)sg_closing(sg_python_session_record(watch));
    else if (watch)
        watch->has_leaked = true;
    sg_py.Py_DecRef(object);
}

static void close_in_order(const struct work *work)
{
    pthread_t thread;
    bool has_watch = start_watch(&thread);
    if (!has_watch && exiting >= 0)
        return;
    bool was_deaf = sg_thread_is_deaf;
    sg_python_courses_look(SIZE_MAX);
    for (size_t i = 0; i < work->count; i++) {
        struct sg_python_watch *watch = watch_at(work, i);
        struct sg_handle *slot = sg_python_session_record(watch);
        /* What is a session's is closed with it; what was inherited is not closed here. */
        if (!slot || slot->record.owner || sg_places_is_inherited(sg_life_place(slot->record.life)))
            continue;
        void *object = watch->object;
        sg_py.Py_IncRef(object);
        sg_thread_is_deaf = true; /* what the library does to close it is not the program's doing */
        uint32_t serial = watch->serial;
        enum sg_reason reason = close_object(watch, slot, object);
        sg_thread_is_deaf = was_deaf;
        /* Another thread may have closed it meanwhile, and have got its slot for another. */
        if (slot->record.serial == serial)
            sg_shutdown_closed(slot, reason);
        sg_py.Py_DecRef(object);
    }
    __atomic_store_n(&is_done, 1, __ATOMIC_RELEASE);
    (void)sg_sys3(SYS_futex, &is_done, FUTEX_WAKE_PRIVATE, 1);
    if (has_watch)
        (void)pthread_join(thread, NULL);
}

void sg_python_close_all(void)
{
    struct work work = {0};
    if (!sg_arena_has_records())
        return;
    sg_python_watch_each(count, &work);
    if (work.room == 0)
        return;
    struct sg_python_error error = sg_python_error_keep();
    work.references = sg_sys_map(work.room * sizeof(void *));
    work.keys = sg_sys_map(work.room * sizeof(uint64_t));
    if (!work.references || !work.keys)
        work.room = 0;
    sg_python_watch_each(gather, &work);
    sg_sort(work.keys, work.count);
    for (size_t i = 0; i < work.count; i++)
        look_at(&work, i);
    if (sg_detector_options->mode == SG_MODE_AUTO_CLOSE && work.count > 0)
        close_in_order(&work);
    for (size_t i = 0; i < work.count; i++)
        sg_py.Py_DecRef(work.references[i]);
    sg_python_error_restore(error);
}

/* True in a thread that has the interpreter's lock. */
static bool has_lock(void)
{
    void *thread = sg_py.PyGILState_GetThisThreadState();
    return thread && thread == sg_py.PyThreadState_GetUnchecked();
}

int sg_python_close_at_exit(int status)
{
    static bool is_tried; /* only with the interpreter's lock */
    if (sg_python_has_ended || !sg_python_is_there || !sg_py.PyThreadState_GetUnchecked ||
        !sg_py.Py_IsInitialized() || !has_lock())
        return status;
    if (!is_tried && !has_other_threads()) {
        is_tried = true;
        exiting = status & 0xff;
        sg_python_close_all();
    }
    return is_tried ? exiting : status; /* what is closed may end the process itself */
}
