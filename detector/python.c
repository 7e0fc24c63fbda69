#include "python.h"
#include "arena.h"
#include "strings.h"
#include "sys.h"

#include <string.h>

#define PAGE 4096U
#define FILE_MAX 1024U /* bytes of a name that are kept */
#define NAME_MAX_ 256U
#define READERS 8U
#define PATIENCE_NS UINT64_C(20000000) /* for readers to leave */
#define OWNED_BY_GENERATOR 1U
#define RELEASED 0xfU /* the release level of what is no preview: PY_VERSION_HEX */

/* Where fields lie, in bytes. */
struct fields {
    uint16_t thread_frame; /* in a thread's state: the innermost frame, or the record of it on the stack */
    bool is_record;        /* 3.11 and 3.12: struct _PyCFrame */
    uint16_t record_frame, record_previous;
    uint16_t code, previous, instruction, owner, locals;
    uint16_t is_entry; /* 3.11: the first frame of its call; later the call has a frame of its own */
    uint16_t filename, qualname, linetable, first_line, first_traceable, instructions;
    uint16_t ascii; /* size of the head of a text of ASCII characters */
    uint16_t compact;
};

#define OWNED_BY_C_STACK 3U

/* The same on x86-64 and aarch64. */
static const struct fields layouts[] = {
    {.thread_frame = 56,
     .is_record = true,
     .record_frame = 8,
     .record_previous = 16,
     .code = 32,
     .previous = 48,
     .instruction = 56,
     .owner = 69,
     .locals = 72,
     .is_entry = 68,
     .filename = 112,
     .qualname = 128,
     .linetable = 136,
     .first_line = 72,
     .first_traceable = 168,
     .instructions = 184,
     .ascii = 48,
     .compact = 72}, /* 3.11 */
    {.thread_frame = 56,
     .is_record = true,
     .record_frame = 0,
     .record_previous = 8,
     .code = 0,
     .previous = 8,
     .instruction = 56,
     .owner = 70,
     .locals = 72,
     .filename = 112,
     .qualname = 128,
     .linetable = 136,
     .first_line = 68,
     .first_traceable = 176,
     .instructions = 192,
     .ascii = 40,
     .compact = 56}, /* 3.12 */
};

/* Of any object, and of texts and bytes: these have not changed since 3.11. */
#define OBJECT_TYPE 8U
#define TEXT_LENGTH 16U
#define TEXT_STATE 32U
#define BYTES_LENGTH 16U
#define BYTES_BEGIN 32U

bool sg_python_is_there;
uint32_t sg_python_era = 1;
static struct sg_python_symbols python;
static struct fields fields;

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
    fields = layouts[1];
    fields.is_record = false;
    fields.thread_frame = (uint16_t)from->thread_frame;
    fields.previous = (uint16_t)from->frame_previous;
    fields.code = (uint16_t)from->frame_code;
    fields.instruction = (uint16_t)from->frame_instruction;
    fields.owner = (uint16_t)from->frame_owner;
    fields.locals = (uint16_t)from->frame_locals;
    fields.filename = (uint16_t)from->code_filename;
    fields.qualname = (uint16_t)from->code_qualname;
    fields.linetable = (uint16_t)from->code_linetable;
    fields.first_line = (uint16_t)from->code_first_line;
    fields.instructions = (uint16_t)from->code_instructions;
    fields.first_traceable = (uint16_t)(fields.instructions - 16); /* alone it is not published */
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
        fields = layouts[version - 0x030b];
    else if (version != 0x030d || !read_published(symbols->_PyRuntime))
        return false;
    python = *symbols;
    pid = sg_sys_pid();
    __atomic_store_n(&sg_python_is_there, true, __ATOMIC_RELEASE);
    return true;
}

bool sg_python_is_evaluator(uintptr_t address)
{
    return address - python._PyEval_EvalFrameDefault < python.evaluator_size;
}

uintptr_t sg_python_address(void) { return python._PyEval_EvalFrameDefault; }

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
    if (SG_LIKELY(ender == 0 && !(python.Py_IsFinalizing && python.Py_IsFinalizing())) || is_ender)
        return true;
    sg_python_leave();
    return false;
}

void sg_python_leave(void) { __atomic_sub_fetch(own_count(), 1, __ATOMIC_RELEASE); }

bool sg_python_is_ending;

bool sg_python_is_finalizing(void)
{
    return __atomic_load_n(&ending, __ATOMIC_RELAXED) == (uint32_t)sg_sys_thread() &&
           python.Py_IsFinalizing && python.Py_IsFinalizing();
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

bool sg_python_has_ended;

void sg_python_end_for_good(void)
{
    sg_python_has_ended = true;
    __atomic_store_n(&ending, NOBODY, __ATOMIC_SEQ_CST);
    __atomic_store_n(&sg_python_is_ending, false, __ATOMIC_RELAXED);
}

bool sg_python_has_thread(void) { return python.PyGILState_GetThisThreadState() != NULL; }

/* ---- the chain ---- */

static uintptr_t word(uintptr_t address, unsigned offset)
{
    return *(const uintptr_t *)(address + offset); /* NOLINT(performance-no-int-to-ptr) */
}

static uint8_t byte(uintptr_t address, unsigned offset)
{
    return *(const uint8_t *)(address + offset); /* NOLINT(performance-no-int-to-ptr) */
}

static bool is_on_stack(uintptr_t address, uintptr_t low, uintptr_t high)
{
    return address > low && address < high && address % sizeof(uintptr_t) == 0;
}

/* A frame that has not come to its first line yet is not shown, as Python itself does
 * it; such is the one below an __init__ that the evaluator of 3.13 calls by itself. */
static bool is_incomplete(uintptr_t frame, uintptr_t code, uintptr_t at)
{
    int first;
    memcpy(&first, (const char *)code + fields.first_traceable,
           sizeof first); /* NOLINT(performance-no-int-to-ptr) */
    return byte(frame, fields.owner) != OWNED_BY_GENERATOR &&
           at < code + fields.instructions + (uintptr_t)first * 2;
}

/* ---- calls on sessions ---- */

static struct {
    uintptr_t code;
    unsigned kind;
} functions[64];
static unsigned n_functions;    /* atomic */
static uint64_t functions_mask; /* atomic: a bit for each code object, to know most others at once */

static uint64_t mask_of(uintptr_t code) { return UINT64_C(1) << (code >> 5 & 63); }

void sg_python_note_function(uintptr_t code, unsigned kind)
{
    unsigned count = n_functions;
    if (count == SG_COUNT(functions))
        return;
    functions[count].code = code;
    functions[count].kind = kind;
    __atomic_store_n(&n_functions, count + 1, __ATOMIC_RELEASE);
    __atomic_fetch_or(&functions_mask, mask_of(code), __ATOMIC_RELEASE);
}

#define CELL_CONTENT 16U

/* An argument that an inner function uses, too, lies in a cell. */
static SG_NOINLINE void add_call(struct sg_python_chain *chain, uintptr_t frame, uintptr_t code)
{
    unsigned count = __atomic_load_n(&n_functions, __ATOMIC_ACQUIRE);
    for (unsigned i = 0; i < count && chain->n_calls < SG_PYTHON_CALLS; i++) {
        if (functions[i].code != code)
            continue;
        uintptr_t self = word(frame, fields.locals);
        if (self && word(self, OBJECT_TYPE) == (uintptr_t)python.PyCell_Type)
            self = word(self, CELL_CONTENT);
        chain->calls[chain->n_calls++] = (struct sg_python_call){functions[i].kind, self};
        return;
    }
}

/* Once there are `depth` frames, or no room but for the mark, the rest is left out. */
static void add_frame(struct sg_python_chain *chain, uintptr_t frame, unsigned depth)
{
    uintptr_t code = word(frame, fields.code);
    uintptr_t at = word(frame, fields.instruction);
    if (is_incomplete(frame, code, at))
        return;
    if (SG_UNLIKELY(__atomic_load_n(&functions_mask, __ATOMIC_RELAXED) & mask_of(code)))
        add_call(chain, frame, code);
    if (chain->n_frames == depth || chain->count >= SG_PYTHON_STEPS - 1) {
        chain->is_cut = true;
        return;
    }
    uintptr_t look = word(code, fields.filename) * 3 + word(code, fields.qualname) * 5 +
                     word(code, fields.linetable) * 7 + word(code, fields.first_line & ~7U);
    chain->steps[chain->count++] = (struct sg_python_step){code, at, look};
    chain->n_frames++;
}

/* Marks lie ever further up the stack: one that does not belongs to an
 * interpreter that this thread is not in now. */
static bool add_mark(struct sg_python_chain *chain, uintptr_t mark, uintptr_t *low, uintptr_t cfa,
                     uintptr_t high)
{
    if (!is_on_stack(mark, *low, high))
        return false;
    *low = mark;
    if (chain->count == SG_PYTHON_STEPS) {
        chain->is_cut = true;
        return true;
    }
    chain->steps[chain->count++] = (struct sg_python_step){0, mark - cfa, 0};
    return true;
}

/* Of 3.11: each call of the evaluator has a record on the stack. */
static bool follow_records(uintptr_t record, uintptr_t cfa, uintptr_t high, unsigned depth,
                           struct sg_python_chain *chain)
{
    uintptr_t low = cfa;
    if (!is_on_stack(record, low, high))
        return word(record, fields.record_frame) == 0; /* the thread's own, for when there is none */
    uintptr_t frame = word(record, fields.record_frame);
    while (frame) {
        add_frame(chain, frame, depth);
        bool is_entry = byte(frame, fields.is_entry);
        frame = word(frame, fields.previous);
        if (!is_entry)
            continue;
        if (!add_mark(chain, record, &low, cfa, high))
            return false;
        if (chain->is_cut) /* the mark of what there is is all that is needed */
            return true;
        record = word(record, fields.record_previous);
        if (frame && (!is_on_stack(record, low, high) || word(record, fields.record_frame) != frame))
            return false;
    }
    return true;
}

/* Later: it has a frame there that runs nothing. */
static bool follow_frames(uintptr_t frame, uintptr_t cfa, uintptr_t high, unsigned depth,
                          struct sg_python_chain *chain)
{
    uintptr_t low = cfa;
    for (; frame; frame = word(frame, fields.previous)) {
        if (byte(frame, fields.owner) != OWNED_BY_C_STACK)
            add_frame(chain, frame, depth);
        else if (!add_mark(chain, frame, &low, cfa, high))
            return false;
        else if (chain->is_cut) /* the mark of what there is is all that is needed */
            return true;
    }
    return true;
}

bool sg_python_is_running(void)
{
    uintptr_t thread = (uintptr_t)python.PyGILState_GetThisThreadState();
    uintptr_t first = thread ? word(thread, fields.thread_frame) : 0;
    return first && (!fields.is_record || word(first, fields.record_frame) != 0);
}

enum sg_python sg_python_chain(uintptr_t cfa, uintptr_t high, unsigned depth, struct sg_python_chain *chain)
{
    chain->count = 0;
    chain->n_frames = 0;
    chain->n_calls = 0;
    chain->is_cut = false;
    uintptr_t thread = (uintptr_t)python.PyGILState_GetThisThreadState();
    uintptr_t first = thread ? word(thread, fields.thread_frame) : 0;
    if (!first)
        return SG_PYTHON_NONE;
    bool is_good;
    if (fields.is_entry)
        is_good = follow_records(first, cfa, high, depth, chain);
    else
        is_good = follow_frames(fields.is_record ? word(first, fields.record_frame) : first, cfa, high, depth,
                                chain);
    if (!is_good)
        return SG_PYTHON_UNSURE;
    return chain->count > 0 ? SG_PYTHON_READ : SG_PYTHON_NONE;
}

/* ---- names and lines ---- */

static bool can_read(uintptr_t address, size_t size)
{
    if (sg_sys_is_emulated)
        return address != 0;
    for (uintptr_t page = address & ~(uintptr_t)(PAGE - 1); page < address + size; page += PAGE)
        if (!sg_sys_is_readable(page))
            return false;
    return address != 0;
}

static bool is_object(uintptr_t address, const void *type, size_t size)
{
    return address % sizeof(uintptr_t) == 0 && can_read(address, size) &&
           word(address, OBJECT_TYPE) == (uintptr_t)type;
}

struct text {
    unsigned char bytes[4 + FILE_MAX + 1 + NAME_MAX_ + 4];
    size_t length;
};

static void add_character(struct text *text, uint32_t c)
{
    unsigned char *at = text->bytes + text->length;
    if (c < 0x80) {
        at[0] = (unsigned char)(c ? c : '?');
        text->length += 1;
    } else if (c < 0x800) {
        at[0] = (unsigned char)(0xc0 | c >> 6);
        at[1] = (unsigned char)(0x80 | (c & 0x3f));
        text->length += 2;
    } else if (c < 0x10000) {
        at[0] = (unsigned char)(0xe0 | c >> 12);
        at[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
        at[2] = (unsigned char)(0x80 | (c & 0x3f));
        text->length += 3;
    } else {
        at[0] = (unsigned char)(0xf0 | (c >> 18 & 7));
        at[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
        at[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
        at[3] = (unsigned char)(0x80 | (c & 0x3f));
        text->length += 4;
    }
}

static uint32_t character(uintptr_t data, unsigned width, size_t i)
{
    uint32_t c = 0;
    memcpy(&c, (const char *)data + i * width, width); /* NOLINT(performance-no-int-to-ptr) */
    return c;
}

/* Adds a text object in UTF-8, at most `max` bytes of it. */
static bool add_text(struct text *text, uintptr_t object, size_t max)
{
    if (!is_object(object, python.PyUnicode_Type, fields.compact))
        return false;
    size_t length = word(object, TEXT_LENGTH);
    unsigned state = (unsigned)word(object, TEXT_STATE);
    unsigned width = state >> 2 & 7;
    bool is_compact = state >> 5 & 1;
    bool is_ascii = state >> 6 & 1;
    uintptr_t data = object + (is_ascii ? fields.ascii : fields.compact);
    if (!is_compact || (width != 1 && width != 2 && width != 4) || length > SIZE_MAX / 8)
        return false;
    size_t kept = length < max ? length : max;
    if (!can_read(data + (length - kept) * width, kept * width + 1))
        return false;
    size_t end = text->length + max;
    data += (length - kept) * width; /* of a path that is too long its end says more */
    for (size_t i = 0; i < kept && text->length + 4 <= end; i++)
        add_character(text, character(data, width, i));
    return true;
}

struct table {
    const uint8_t *at, *end;
};

static unsigned next_byte(struct table *table) { return table->at < table->end ? *table->at++ : 0; }

static unsigned next_number(struct table *table)
{
    unsigned shift = 0;
    unsigned read = next_byte(table);
    unsigned value = read & 63;
    while ((read & 64) && shift < 24) {
        read = next_byte(table);
        shift += 6;
        value |= (read & 63) << shift;
    }
    return value;
}

static int next_difference(struct table *table)
{
    unsigned value = next_number(table);
    return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

/* What the kinds of an entry are called in Objects/locations.md. */
enum { ONE_LINE = 10, NO_COLUMNS = 13, LONG = 14, NO_LOCATION = 15 };

/* The line of an instruction, 0 if it has none. */
static int line_of(struct table table, int line, size_t instruction)
{
    size_t unit = 0;
    while (table.at < table.end) {
        unsigned head = next_byte(&table);
        unsigned kind = head >> 3 & 15;
        if (kind == LONG || kind == NO_COLUMNS)
            line += next_difference(&table);
        else if (kind >= ONE_LINE && kind < NO_COLUMNS)
            line += (int)(kind - ONE_LINE);
        unit += (head & 7) + 1;
        if (instruction < unit)
            return kind == NO_LOCATION ? 0 : line;
        while (table.at < table.end && !(*table.at & 128)) /* an entry begins with the high bit */
            table.at++;
    }
    return 0;
}

static bool find_line(const struct sg_python_step *step, int *line)
{
    uintptr_t bytes = word(step->code, fields.linetable);
    int first;
    memcpy(&first, (const char *)step->code + fields.first_line,
           sizeof first); /* NOLINT(performance-no-int-to-ptr) */
    if (!is_object(bytes, python.PyBytes_Type, BYTES_BEGIN))
        return false;
    size_t size = word(bytes, BYTES_LENGTH);
    if (size > (UINT32_C(1) << 24) || !can_read(bytes + BYTES_BEGIN, size + 1))
        return false;
    uintptr_t begin = step->code + fields.instructions;
    const uint8_t *table = (const uint8_t *)(bytes + BYTES_BEGIN); /* NOLINT(performance-no-int-to-ptr) */
    /* Before its first instruction a function is at its first line. */
    *line = step->at < begin ? first
                             : line_of((struct table){table, table + size}, first, (step->at - begin) / 2);
    return *line >= 0;
}

uint32_t sg_python_frame(const struct sg_python_step *step)
{
    struct text text = {.length = sizeof(uint32_t)};
    int line = 0;
    if (!is_object(step->code, python.PyCode_Type, fields.instructions) || !find_line(step, &line) ||
        !add_text(&text, word(step->code, fields.filename), FILE_MAX))
        return 0;
    text.bytes[text.length++] = '\0';
    if (!add_text(&text, word(step->code, fields.qualname), NAME_MAX_))
        return 0;
    memcpy(text.bytes, &line, sizeof(uint32_t));
    return sg_strings_intern(SG_STRING_FRAME, text.bytes, text.length);
}
