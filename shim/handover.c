#include "handover.h"
#include "arena.h"
#include "descriptors.h"
#include "handles.h"
#include "heritage.h"
#include "places.h"
#include "relatives.h"
#include "sys.h"

static bool is_settled; /* a look before has set something aside */
static struct {
    int pid; /* of the process whose answer this is, 0 nobody has answered yet */
    bool is_left_to_us;
} answer;

/* Who opened what was inherited may have left it to its child's child. In a namespace of its
 * own a process has no parent that it could name. */
static bool may_live(int parent)
{
    int now = (int)sg_sys0(SYS_getppid);
    return now == parent || now == 0 || sg_relatives_is_one(parent);
}

/* True if what was inherited from this process is no longer its own to report. A child that
 * ends while its parent is there leaves it to that, if it is the first of the two: what it
 * has said once it stands by. */
static bool is_left_to_us(int parent)
{
    int self = sg_sys_pid();
    if (answer.pid == self)
        return answer.is_left_to_us;
    if (!may_live(parent))
        return true;
    answer.is_left_to_us = sg_heritage_parent_is_first();
    answer.pid = self;
    return answer.is_left_to_us;
}

bool sg_handover_has_inherited(void) { return sg_arena_is_inherited() && is_left_to_us(sg_arena->pid); }

static void each_open(void (*each)(void *context, struct sg_record *record, int fd), void *context)
{
    struct sg_handle *slot;
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        if (sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE)))
            each(context, &slot->record, -1);
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        struct sg_record *record = sg_descriptors_at(fd);
        if (sg_life_is_open(__atomic_load_n(&record->life, __ATOMIC_ACQUIRE)))
            each(context, record, fd);
    }
}

static bool is_inherited(const struct sg_record *record)
{
    return sg_places_is_inherited(sg_life_place(__atomic_load_n(&record->life, __ATOMIC_RELAXED)));
}

static void take_back(void *unused, struct sg_record *record, int fd)
{
    (void)unused;
    (void)fd;
    if (!sg_outcome_is_ours(record->outcome))
        record->outcome = SG_OUTCOME_OPEN;
}

/* What the garbage collector has closed is a matter of the process that opened it. */
static void set_aside(void *is_theirs, struct sg_record *record, int fd)
{
    (void)fd;
    if (!is_inherited(record))
        return;
    if (record->outcome == SG_OUTCOME_COLLECTED)
        __atomic_store_n(&record->life, 0, __ATOMIC_RELEASE);
    else if (*(const bool *)is_theirs)
        record->outcome = SG_OUTCOME_ELSEWHERE;
}

void sg_handover_prepare(bool is_end)
{
    bool is_theirs = !is_end;
    if (is_settled)
        each_open(take_back, NULL);
    is_settled = false;
    if (!sg_arena->fork)
        return;
    is_theirs = is_theirs || !is_left_to_us(sg_arena_parent);
    is_settled |= is_theirs;
    each_open(set_aside, &is_theirs);
}

struct settling {
    const struct sg_leaks *leaks;
    bool is_closing;
    bool is_first;    /* only find out whether there is anything to look for */
    bool has_own;     /* records that may be handed over */
    bool has_parents; /* inherited ones */
    bool is_theirs;   /* the latter are for others to report */
};

/* A child that ends, and has left all to this process, has nothing any more; nor has a parent
 * that has told this one so, or a sister. */
static bool is_still_there(uint32_t pid)
{
    if (pid == (uint32_t)sg_arena_parent && answer.pid == sg_sys_pid() && answer.is_left_to_us)
        return false;
    return !sg_heritage_child_is_first(pid) && !sg_heritage_sister_was_first(pid) &&
           !sg_heritage_ended_before(pid);
}

/* One that this process has left all to, and that was there then, may be gone by now. */
static bool has_reported(uint32_t pid)
{
    return sg_heritage_child_has_taken(pid) || sg_heritage_ended_after(pid);
}

static bool is_anyones(uint32_t child, uint32_t tick)
{
    (void)child;
    (void)tick;
    return true;
}

/* True if a process that was forked has the socket or the handle, too. */
static bool is_shared(const struct sg_record *record, int fd, bool is_own)
{
    struct sg_identity identity;
    if (fd < 0)
        return sg_relatives_have_handle(record, is_own);
    /* One that a child has closed, under this number, it has from here. */
    bool is_forked = !is_own || sg_heritage_is_closed(record->life, (uint32_t)fd, is_anyones);
    const struct sg_record *made_here = is_forked ? NULL : record;
    /* One that is closed by now: the end of its runtime did it. */
    if (record->outcome == SG_OUTCOME_SHUTDOWN)
        return record->used && sg_relatives_have_socket(record->used, made_here);
    return sg_sys_identity(fd, &identity) == 0 &&
           sg_relatives_have_socket((uint32_t)identity.inode, made_here);
}

static void settle_own(struct settling *settling, struct sg_record *record, int fd)
{
    if (fd >= 0 && !sg_state_counts(record->socket.state))
        return;
    if (settling->is_first)
        settling->has_own = true;
    else if (settling->has_own && (is_shared(record, fd, true) ||
                                   sg_heritage_is_closed(record->life, fd < 0 ? record->serial : (uint32_t)fd,
                                                         sg_relatives_is_daemon)))
        record->outcome = SG_OUTCOME_HANDED;
}

static void settle_inherited(struct settling *settling, struct sg_record *record, int fd)
{
    if (settling->is_first) {
        settling->has_parents = true;
    } else if (settling->is_theirs || is_shared(record, fd, false)) {
        record->outcome = SG_OUTCOME_ELSEWHERE;
    } else if (settling->is_closing && record->outcome == SG_OUTCOME_OPEN) {
        record->outcome = SG_OUTCOME_SKIPPED;
        record->reason = SG_REASON_INHERITED;
    }
}

/* What a session has goes with it. */
static void settle(void *context, struct sg_record *record, int fd)
{
    struct settling *settling = context;
    if ((record->outcome != SG_OUTCOME_OPEN && record->outcome != SG_OUTCOME_SHUTDOWN) ||
        (fd >= 0 && sg_leaks_is_owned(settling->leaks, record)))
        return;
    if (is_inherited(record))
        settle_inherited(settling, record, fd);
    else
        settle_own(settling, record, fd);
}

void sg_handover_settle(struct sg_leaks *leaks, bool is_closing)
{
    struct settling settling = {.leaks = leaks, .is_closing = is_closing, .is_first = true};
    each_open(settle, &settling);
    settling.is_first = false;
    settling.has_own = settling.has_own && sg_relatives_may_exist();
    if (!settling.has_own && !settling.has_parents)
        return;
    if (settling.has_parents)
        sg_heritage_end();
    bool is_found = sg_relatives_find(is_still_there, has_reported);
    settling.has_own = settling.has_own && is_found;
    settling.is_theirs = !is_found || (settling.has_parents && sg_heritage_is_followed()) ||
                         !sg_relatives_are_all() || sg_relatives_include(sg_arena_parent) ||
                         sg_relatives_include((int)sg_sys0(SYS_getppid));
    is_settled = true;
    each_open(settle, &settling);
    sg_leaks_recount(leaks);
}

void sg_handover_becoming(void)
{
    if (sg_arena_is_used() && sg_arena_is_ours())
        sg_heritage_becomes_another(true);
}

void sg_handover_take_back(void)
{
    answer.pid = 0;
    sg_heritage_becomes_another(false);
}
