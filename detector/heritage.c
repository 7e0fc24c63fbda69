#include "heritage.h"
#include "places.h"
#include "sys.h"

#include <sys/mman.h>

#define MARKS 1024U /* by process number: those that come later replace earlier ones */
#define CLOSINGS 2048U
#define TRIES 32U
#define ENDED 1024U

#define OF_PARENT (UINT32_C(1) << 31)
#define TAKEN                                                                                                \
    (UINT32_C(1) << 30) /* with OF_PARENT: the child has seen that (process numbers are below 2^22) */
#define BECAME_ANOTHER (UINT32_C(1) << 31) /* of a closing's child: it was made ready for another program */

struct closing {
    uint64_t key;   /* atomic: of the record, 0 none */
    uint32_t child; /* atomic */
    uint32_t tick;  /* atomic */
};

static struct heritage {
    uint32_t marks[MARKS]; /* atomic: the number of a child that has ended, or of one that it was left to */
    uint32_t ended[ENDED]; /* atomic: children that have ended without their parent, in this order */
    struct closing closings[CLOSINGS];
} * own, *parents;
static unsigned n_before = ENDED; /* of those that have ended came before this process; ENDED: not known */
static bool has_closed;           /* this process has noted a closing */

/* Of one that had the same number, and has ended. */
static void forget_mark(void)
{
    uint32_t self = (uint32_t)sg_arena->pid;
    if (parents)
        (void)__atomic_compare_exchange_n(&parents->marks[self % MARKS], &self, 0, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED);
}

void sg_heritage_begin(void)
{
    long got = sg_sys(SYS_mmap, 0, sizeof *own, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (sg_arena->fork) {
        if (parents)
            sg_sys_unmap(parents, sizeof *parents); /* the grandparent's */
        parents = own;
        forget_mark();
    }
    has_closed = false;
    own = got < 0 && got > -4096 ? NULL : (void *)got; /* NOLINT(performance-no-int-to-ptr) */
}

/* Records that were opened at one place in one millisecond have the same life. */
static uint64_t key_of(uint64_t life, uint32_t number)
{
    uint64_t key = (life ^ (uint64_t)number << 28) * UINT64_C(0x9E3779B97F4A7C15);
    return key ^ key >> 29 ? key ^ key >> 29 : 1;
}

static struct closing *closing_at(struct heritage *heritage, uint64_t key, unsigned number)
{
    return &heritage->closings[(key + number) % CLOSINGS];
}

void sg_heritage_note_closed(uint64_t life, uint32_t number)
{
    if (!parents || !sg_places_is_inherited(sg_life_place(life)))
        return;
    uint64_t key = key_of(life, number);
    struct closing *closing = closing_at(parents, key, 0);
    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t there = 0;
        if (__atomic_compare_exchange_n(&closing_at(parents, key, i)->key, &there, key, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ||
            there == key) {
            closing = closing_at(parents, key, i);
            break;
        }
    }
    /* In a namespace of its own its number says nothing to the parent. */
    uint32_t child = sg_arena->ppid ? (uint32_t)sg_arena->pid : 0;
    __atomic_store_n(&closing->child, child, __ATOMIC_RELAXED);
    __atomic_store_n(&closing->tick, sg_arena_tick(), __ATOMIC_RELAXED);
    __atomic_store_n(&closing->key, key, __ATOMIC_RELEASE);
    __atomic_store_n(&has_closed, true, __ATOMIC_RELEASE);
}

static void mark_closings(bool it_does)
{
    uint32_t self = (uint32_t)sg_arena->pid;
    uint32_t after = it_does ? self | BECAME_ANOTHER : self;
    if (!parents || !__atomic_load_n(&has_closed, __ATOMIC_ACQUIRE))
        return;
    for (unsigned i = 0; i < CLOSINGS; i++) {
        uint32_t child = it_does ? self : self | BECAME_ANOTHER;
        (void)__atomic_compare_exchange_n(&parents->closings[i].child, &child, after, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED);
    }
}

/* A child that has ended meanwhile, or a parent, has done as it was told. */
static void take_back_marks(void)
{
    forget_mark();
    for (unsigned i = 0; own && i < MARKS; i++) {
        uint32_t mark = __atomic_load_n(&own->marks[i], __ATOMIC_RELAXED);
        if (mark & OF_PARENT)
            (void)__atomic_compare_exchange_n(&own->marks[i], &mark, 0, false, __ATOMIC_SEQ_CST,
                                              __ATOMIC_RELAXED);
    }
}

void sg_heritage_becomes_another(bool it_does)
{
    mark_closings(it_does);
    if (!it_does)
        take_back_marks();
}

bool sg_heritage_is_closed(uint64_t life, uint32_t number, bool (*counts)(uint32_t child, uint32_t tick))
{
    uint64_t key = key_of(life, number);
    for (unsigned i = 0; own && i < TRIES; i++) {
        const struct closing *closing = closing_at(own, key, i);
        if (__atomic_load_n(&closing->key, __ATOMIC_ACQUIRE) != key)
            continue;
        uint32_t child = __atomic_load_n(&closing->child, __ATOMIC_RELAXED);
        if (child && !(child & BECAME_ANOTHER) &&
            counts(child, __atomic_load_n(&closing->tick, __ATOMIC_RELAXED)))
            return true;
    }
    return false;
}

bool sg_heritage_child_has_taken(uint32_t child)
{
    return own &&
           __atomic_load_n(&own->marks[child % MARKS], __ATOMIC_SEQ_CST) == (child | OF_PARENT | TAKEN);
}

/* A mark that the child has made stays, for its sisters. */
bool sg_heritage_child_is_first(uint32_t child)
{
    uint32_t *mark = own ? &own->marks[child % MARKS] : NULL;
    uint32_t there = mark ? __atomic_load_n(mark, __ATOMIC_SEQ_CST) : 0;
    while (mark && there != child && there != (child | OF_PARENT | TAKEN))
        if (__atomic_compare_exchange_n(mark, &there, child | OF_PARENT, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            return false;
    return there == child && mark;
}

/* A child that has recorded nothing still has its parent's for its own. */
bool sg_heritage_parent_is_first(void)
{
    struct heritage *heritage = sg_arena_is_inherited() ? own : parents;
    uint32_t self = (uint32_t)sg_sys_pid();
    uint32_t *mark = heritage ? &heritage->marks[self % MARKS] : NULL;
    uint32_t there = self | OF_PARENT;
    if (!mark)
        return false;
    if (!__atomic_compare_exchange_n(mark, &there, there | TAKEN, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST) &&
        __atomic_exchange_n(mark, self, __ATOMIC_SEQ_CST) != (self | OF_PARENT))
        return false;
    __atomic_store_n(mark, self | OF_PARENT | TAKEN, __ATOMIC_SEQ_CST);
    return true;
}

bool sg_heritage_sister_was_first(uint32_t sister)
{
    return parents && __atomic_load_n(&parents->marks[sister % MARKS], __ATOMIC_SEQ_CST) == sister;
}

void sg_heritage_end(void)
{
    uint32_t self = (uint32_t)sg_sys_pid();
    uint32_t there = 1;
    n_before = ENDED;
    for (unsigned i = 0; parents && there && i < ENDED; i++) {
        there = 0;
        (void)__atomic_compare_exchange_n(&parents->ended[i], &there, self, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST);
        if (!there)
            n_before = i;
    }
}

bool sg_heritage_ended_before(uint32_t sister)
{
    for (unsigned i = 0; n_before < ENDED && i < n_before; i++)
        if (__atomic_load_n(&parents->ended[i], __ATOMIC_RELAXED) == sister)
            return true;
    return false;
}

bool sg_heritage_ended_after(uint32_t sister)
{
    uint32_t there = 1;
    for (unsigned i = n_before + 1; there && i < ENDED; i++) {
        there = __atomic_load_n(&parents->ended[i], __ATOMIC_SEQ_CST);
        if (there == sister)
            return true;
    }
    return false;
}

bool sg_heritage_is_followed(void)
{
    return n_before + 1 < ENDED && __atomic_load_n(&parents->ended[n_before + 1], __ATOMIC_SEQ_CST);
}
