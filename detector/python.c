#include "python.h"
#include "arena.h"
#include "python_layout.h"
#include "sys.h"

#define READERS 8U
#define PATIENCE_NS UINT64_C(20000000) /* for readers to leave */

bool sg_python_is_there;
bool sg_python_has_ended;
uint32_t sg_python_era = 1;
struct sg_python_symbols sg_python_symbols;
struct sg_python_fields sg_python_fields;
unsigned sg_python_version;
static uint32_t unread; /* SG_FLAGS_PYTHON() of an interpreter that was found, but cannot be read */

#define NOBODY UINT32_MAX
static uint32_t ending; /* atomic: the thread that ends the interpreter, or NOBODY */
static uint32_t epoch;  /* of the process whose readers these are */
static int pid;         /* its number */
static struct {
    uint32_t count; /* atomic */
    char alone[60];
} readers[READERS];

static bool is_whole(const struct sg_python_symbols *symbols)
{
    return symbols->PyGILState_GetThisThreadState && symbols->PyCode_Type && symbols->PyUnicode_Type &&
           symbols->PyBytes_Type && symbols->_PyEval_EvalFrameDefault;
}

bool sg_python_start(const struct sg_python_symbols *symbols, bool has_api)
{
    if (sg_python_is_there)
        return false;
    unsigned long version = symbols->Py_Version ? *symbols->Py_Version : 0;
    enum sg_python_unread why = sg_python_layout_find(version, symbols->_PyRuntime, &sg_python_fields);
    if (why == SG_PYTHON_IS_READ && !(has_api && is_whole(symbols)))
        why = SG_PYTHON_IS_OTHER;
    unread = why == SG_PYTHON_IS_READ ? 0 : SG_FLAGS_PYTHON(why, version >> 16);
    if (unread)
        return false;
    sg_python_symbols = *symbols;
    sg_python_version = (unsigned)(version >> 16);
    pid = sg_sys_pid();
    sg_python_has_ended = false;
    __atomic_store_n(&ending, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&sg_python_is_there, true, __ATOMIC_RELEASE);
    return true;
}

uint32_t sg_python_flags(void) { return unread; }

bool sg_python_is_evaluator(uintptr_t address)
{
    return address - sg_python_symbols._PyEval_EvalFrameDefault < sg_python_symbols.evaluator_size;
}

uintptr_t sg_python_address(void) { return sg_python_symbols._PyEval_EvalFrameDefault; }

/* ---- the end of the interpreter ---- */

static uint32_t *own_count(void)
{
    return &readers[(uintptr_t)__builtin_thread_pointer() >> 12 & (READERS - 1)].count;
}

/* The child of a fork has no other threads, whatever they were doing. */
static void note_process(void)
{
    if (SG_LIKELY(epoch == sg_arena_epoch))
        return;
    for (unsigned i = 0; i < READERS && pid != sg_sys_pid(); i++)
        __atomic_store_n(&readers[i].count, 0, __ATOMIC_RELAXED);
    pid = sg_sys_pid();
    epoch = sg_arena_epoch;
}

bool sg_python_enter(void)
{
    note_process();
    __atomic_add_fetch(own_count(), 1, __ATOMIC_SEQ_CST);
    uint32_t ender = __atomic_load_n(&ending, __ATOMIC_SEQ_CST);
    bool is_ender = ender != 0 && ender == (uint32_t)sg_sys_thread();
    if (SG_LIKELY(ender == 0 &&
                  !(sg_python_symbols.Py_IsFinalizing && sg_python_symbols.Py_IsFinalizing())) ||
        is_ender)
        return true;
    sg_python_leave();
    return false;
}

void sg_python_leave(void) { __atomic_sub_fetch(own_count(), 1, __ATOMIC_RELEASE); }

bool sg_python_is_ending;

bool sg_python_is_finalizing(void)
{
    return __atomic_load_n(&ending, __ATOMIC_RELAXED) == (uint32_t)sg_sys_thread() &&
           sg_python_symbols.Py_IsFinalizing && sg_python_symbols.Py_IsFinalizing();
}

void sg_python_end(void)
{
    uint64_t end = sg_sys_coarse_ns() + PATIENCE_NS;
    note_process();
    __atomic_store_n(&ending, (uint32_t)sg_sys_thread(), __ATOMIC_SEQ_CST);
    __atomic_store_n(&sg_python_is_ending, true, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < READERS; i++)
        while (__atomic_load_n(&readers[i].count, __ATOMIC_SEQ_CST) && sg_sys_coarse_ns() < end)
            sg_sys0(SYS_sched_yield);
}

void sg_python_end_for_good(void)
{
    sg_python_has_ended = true;
    __atomic_store_n(&ending, NOBODY, __ATOMIC_SEQ_CST);
    __atomic_store_n(&sg_python_is_ending, false, __ATOMIC_RELAXED);
}

bool sg_python_has_thread(void) { return sg_python_symbols.PyGILState_GetThisThreadState() != NULL; }
