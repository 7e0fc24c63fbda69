#include "python.h"
#include "arena.h"
#include "python_layout.h"
#include "sys.h"

#include <string.h>

#define READERS 8U
#define PATIENCE_NS UINT64_C(20000000) /* for readers to leave */
#define RELEASED 0xfU                  /* the release level of what is no preview: PY_VERSION_HEX */

bool sg_python_is_there;
bool sg_python_has_ended;
uint32_t sg_python_era = 1;
struct sg_python_symbols sg_python_symbols;
struct sg_python_fields sg_python_fields;
unsigned sg_python_version;

#define NOBODY UINT32_MAX
static uint32_t ending; /* atomic: the thread that ends the interpreter, or NOBODY */
static uint32_t epoch;  /* of the process whose readers these are */
static int pid;         /* its number */
static struct {
    uint32_t count; /* atomic */
    char alone[60];
} readers[READERS];

/* The beginning of struct _Py_DebugOffsets of 3.13, as far as it is needed. */
struct published {
    char cookie[8];
    uint64_t version, is_free_threaded;
    uint64_t runtime[3], interpreter[13];
    uint64_t thread_size, thread_prev, thread_next, thread_interp, thread_frame, thread_more[4];
    uint64_t frame_size, frame_previous, frame_code, frame_instruction, frame_locals, frame_owner;
    uint64_t code_size, code_filename, code_name, code_qualname, code_linetable, code_first_line,
        code_more[3], code_instructions;
};

static bool read_published(const struct published *from)
{
    if (!from || memcmp(from->cookie, "xdebugpy", 8) != 0 || from->is_free_threaded ||
        from->version >> 16 != 0x030d)
        return false;
    sg_python_fields = sg_python_layouts[1];
    sg_python_fields.is_record = false;
    sg_python_fields.thread_frame = (uint16_t)from->thread_frame;
    sg_python_fields.previous = (uint16_t)from->frame_previous;
    sg_python_fields.code = (uint16_t)from->frame_code;
    sg_python_fields.instruction = (uint16_t)from->frame_instruction;
    sg_python_fields.owner = (uint16_t)from->frame_owner;
    sg_python_fields.locals = (uint16_t)from->frame_locals;
    sg_python_fields.filename = (uint16_t)from->code_filename;
    sg_python_fields.qualname = (uint16_t)from->code_qualname;
    sg_python_fields.linetable = (uint16_t)from->code_linetable;
    sg_python_fields.first_line = (uint16_t)from->code_first_line;
    sg_python_fields.instructions = (uint16_t)from->code_instructions;
    sg_python_fields.first_traceable =
        (uint16_t)(sg_python_fields.instructions - 16); /* alone it is not published */
    return true;
}

bool sg_python_start(const struct sg_python_symbols *symbols)
{
    if (sg_python_is_there || !symbols->Py_Version || !symbols->PyGILState_GetThisThreadState ||
        !symbols->PyCode_Type || !symbols->PyUnicode_Type || !symbols->PyBytes_Type ||
        !symbols->_PyEval_EvalFrameDefault)
        return false;
    unsigned long version = *symbols->Py_Version >> 16;
    if ((*symbols->Py_Version >> 4 & 0xf) != RELEASED)
        return false;
    if (version == 0x030b || version == 0x030c)
        sg_python_fields = sg_python_layouts[version - 0x030b];
    else if (version != 0x030d || !read_published(symbols->_PyRuntime))
        return false;
    sg_python_symbols = *symbols;
    sg_python_version = (unsigned)version;
    pid = sg_sys_pid();
    sg_python_has_ended = false;
    __atomic_store_n(&ending, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&sg_python_is_there, true, __ATOMIC_RELEASE);
    return true;
}

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
