#include "relatives.h"
#include "arena.h"
#include "children.h"
#include "out.h"
#include "places.h"
#include "proc.h"
#include "sort.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define RELATIVES_MAX 4096U
#define SOCKETS_MAX ((size_t)1 << 16)
#define LINK_MAX_LENGTH 512
#define WINDOW 65536U

/* Mapped when it is needed: programs that lock all their memory pay for what is static. */
static struct {
    uint64_t sockets[SOCKETS_MAX]; /* inode number, and which of the relatives, sorted */
    struct relative {
        uint32_t pid;
        int64_t started; /* tick */
    } relatives[RELATIVES_MAX];
    char program[LINK_MAX_LENGTH];
    /* A part of the memory of one of them, as it was read. */
    uint32_t pid; /* 0: nothing was read yet */
    uintptr_t start;
    size_t length;
    enum answer { NO, YES, UNKNOWN } is_family;
    unsigned char bytes[WINDOW];
    /* The place that was looked at there last. */
    const struct sg_place *place;
    uint32_t place_pid;
    bool is_same_place;
} * found;

static size_t n_sockets;
static unsigned n_relatives;
static uint64_t self; /* the number of this process in /proc */
static struct sg_proc_stat own;
static long own_length;
static int64_t
    hidden;           /* tick: when the last one began that cannot be looked into, NONE where there is none */
static bool may_hide; /* those that are forked can be another user's, or do not want to be looked into */
static bool are_all;
static bool (*is_wanted)(uint32_t pid);
static bool (*has_reported)(uint32_t pid);

/* ---- when they were forked ---- */

#define NS_PER_MS 1000000
#define MS_PER_CLOCK_TICK 10 /* of proc_pid_stat(5): 100 a second, by sysconf(3) */
#define SLACK_MS 10          /* the clock of our ticks is as coarse */
#define UNKNOWN_TIME INT64_MAX
#define NONE INT64_MIN

static int64_t clock_ms(int clock)
{
    struct timespec now = {0};
    (void)sg_sys2(SYS_clock_gettime, clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

/* The tick at which it began, up to a hundredth of a second too early. The two clocks
 * differ by the time that the system has slept; it is not known when. */
static int64_t tick_of_start(const struct sg_proc_stat *stat)
{
    int64_t now = clock_ms(CLOCK_BOOTTIME);
    if (now - clock_ms(CLOCK_MONOTONIC) > MS_PER_CLOCK_TICK)
        return UNKNOWN_TIME;
    return (int64_t)sg_arena_tick() - (now - (int64_t)stat->started * MS_PER_CLOCK_TICK);
}

static bool may_be_later(int64_t started, int64_t tick)
{
    return started == UNKNOWN_TIME || (started != NONE && started + MS_PER_CLOCK_TICK + SLACK_MS >= tick);
}

static bool is_later(int64_t started, int64_t tick)
{
    return started != UNKNOWN_TIME && started > tick + SLACK_MS;
}

static int64_t tick_of(const struct sg_record *record) { return sg_life_tick(record->life); }

static void note_hidden(int64_t started) { hidden = started > hidden ? started : hidden; }

/* ---- which there are ---- */

/* Children that nobody has to wait for leave no trace of what they used. */
static bool forgets_children(void)
{
    struct sg_sys_action action = {0};
    return sg_sys_action(SIGCHLD, NULL, &action) == 0 &&
           (action.handler == (uintptr_t)SIG_IGN || (action.flags & SA_NOCLDWAIT));
}

/* A child that was waited for may have left children of its own. */
bool sg_relatives_may_exist(void)
{
    struct rusage used = {0};
    return sg_children_exist() || sg_sys2(SYS_getrusage, RUSAGE_CHILDREN, &used) < 0 || used.ru_minflt > 0 ||
           forgets_children();
}

static void add_socket(void *context, uint64_t fd)
{
    static const char prefix[] = "socket:[";
    const char *end;
    char name[32];
    char link[64];
    struct sg_out out = sg_out_into(name, sizeof name);
    sg_out_text(&out, "fd/");
    sg_out_number(&out, fd);
    long length = sg_proc_link(*(const uint64_t *)context, name, link, sizeof link - 1);
    if (length <= (long)sizeof prefix || memcmp(link, prefix, sizeof prefix - 1) != 0)
        return;
    link[length] = '\0';
    if (n_sockets < SOCKETS_MAX)
        found->sockets[n_sockets++] =
            sg_proc_number(link + sizeof prefix - 1, &end) << 32 | (n_relatives - 1);
    else
        note_hidden(UNKNOWN_TIME);
}

static long open_memory(uint32_t pid)
{
    char path[64];
    return sg_sys4(SYS_openat, AT_FDCWD, sg_proc_path(path, sizeof path, pid, "mem"), O_RDONLY | O_CLOEXEC,
                   0);
}

static long read_memory(long file, uintptr_t address, void *to, size_t size)
{
    return sg_sys4(SYS_pread64, file, to, size, address);
}

/* True if it runs in the memory of this process, or of its parent: what posix_spawn() has made
 * is about to become another program, and no such process ever reports anything. */
static bool is_guest(uint32_t pid)
{
    int32_t owner = 0;
    long file = open_memory(pid);
    if (file < 0)
        return false;
    (void)read_memory(file, (uintptr_t)&sg_arena_page.marker.pid, &owner, sizeof owner);
    sg_sys1(SYS_close, file);
    return owner && owner != (int32_t)pid && (owner == sg_sys_pid() || owner == sg_arena_parent);
}

/* A session that was begun by one which is gone, as that of a daemon that was forked twice. */
static bool is_orphan(uint64_t pid, const struct sg_proc_stat *stat)
{
    struct sg_proc_stat leader;
    return stat->session != pid && stat->session != own.session &&
           (!sg_proc_stat(stat->session, &leader) || leader.is_gone);
}

/* One that has changed its user hides which program it runs. It is told from processes that
 * are others' by what it has in common with this one: its name at least, or, where this
 * one could itself change its user, a parent, a group, or a session. */
static void consider_hidden(uint64_t pid)
{
    struct sg_proc_stat stat;
    if (!sg_proc_stat(pid, &stat)) {
        are_all = false;
        return;
    }
    if (stat.is_gone)
        return;
    int64_t started = tick_of_start(&stat);
    bool is_named = strcmp(stat.name, own.name) == 0;
    bool is_near = stat.parent == self || stat.group == own.group || stat.session == own.session;
    if (is_named || pid == (uint64_t)sg_arena_parent || (is_near && may_be_later(started, 0)))
        are_all = false;
    if (may_hide ? is_named || is_near || is_orphan(pid, &stat) : is_named && is_near)
        note_hidden(started);
}

enum kinship { STRANGER, RELATIVE, HIDDEN };

/* The kernel begins each program's stack at another address, which stays the same in what
 * is forked from it. */
static enum kinship kinship_of(uint64_t pid, struct sg_proc_stat *stat)
{
    char program[LINK_MAX_LENGTH];
    long length = sg_proc_link(pid, "exe", program, sizeof program);
    if (length == -EACCES || length == -EPERM)
        return HIDDEN;
    bool is_one = length == own_length && memcmp(program, found->program, (size_t)length) == 0 &&
                  sg_proc_stat(pid, stat) && stat->stack == own.stack && !stat->is_gone;
    return is_one ? RELATIVE : STRANGER;
}

static void add_relative(uint64_t pid, const struct sg_proc_stat *stat)
{
    char folder[64];
    if (!is_wanted((uint32_t)pid) || is_guest((uint32_t)pid))
        return;
    if (n_relatives == RELATIVES_MAX) {
        note_hidden(UNKNOWN_TIME);
        return;
    }
    found->relatives[n_relatives++] = (struct relative){(uint32_t)pid, tick_of_start(stat)};
    size_t n_before = n_sockets;
    bool is_listed = sg_proc_each(sg_proc_path(folder, sizeof folder, pid, "fd"), add_socket, &pid);
    struct sg_proc_stat now;
    if (kinship_of(pid, &now) == RELATIVE) {
        if (!is_listed)
            note_hidden(tick_of_start(stat));
        return;
    }
    /* It has become another program meanwhile, or is gone: then it may have reported. */
    n_relatives--;
    n_sockets = n_before;
    if (has_reported((uint32_t)pid))
        note_hidden(tick_of_start(stat));
}

static void consider(void *unused, uint64_t pid)
{
    struct sg_proc_stat stat;
    (void)unused;
    if (!pid || pid == self)
        return;
    enum kinship kinship = kinship_of(pid, &stat);
    if (kinship == HIDDEN)
        consider_hidden(pid);
    else if (kinship == RELATIVE)
        add_relative(pid, &stat);
}

static bool look_at_self(void)
{
    if (!found)
        found = sg_sys_map(sizeof *found);
    self = sg_proc_self();
    own_length = found ? sg_proc_link(0, "exe", found->program, sizeof found->program) : 0;
    return self && own_length > 0 && sg_proc_stat(self, &own);
}

/* One that hides tells nothing to whom it leaves anything. */
bool sg_relatives_is_one(int pid)
{
    struct sg_proc_stat stat;
    return look_at_self() && self == (uint64_t)sg_sys_pid() && kinship_of((uint64_t)pid, &stat) == RELATIVE;
}

bool sg_relatives_is_daemon(uint32_t pid, uint32_t tick)
{
    struct sg_proc_stat stat;
    if (!sg_proc_stat(pid, &stat) || stat.session == own.session)
        return false;
    if (stat.stack && stat.stack != own.stack) /* another program: an exec that we did not see */
        return false;
    int64_t started = tick_of_start(&stat);
    return started == UNKNOWN_TIME || started <= (int64_t)tick + SLACK_MS;
}

bool sg_relatives_find(bool (*wanted)(uint32_t pid), bool (*reports)(uint32_t pid))
{
    struct sg_proc_stat first;
    bool is_known = look_at_self();
    is_wanted = wanted;
    has_reported = reports;
    if (found)
        found->pid = found->place_pid = 0;
    n_relatives = 0;
    n_sockets = 0;
    hidden = NONE;
    may_hide = sg_sys0(SYS_geteuid) == 0 || sg_sys1(SYS_prctl, PR_GET_DUMPABLE) != 1;
    are_all = false;
    if (!is_known)
        return false;
    /* A /proc that shows its own processes to each user shows nobody the first one; and one
     * of another namespace has other numbers. */
    are_all = sg_proc_stat(1, &first) && self == (uint64_t)sg_sys_pid();
    if (!sg_proc_each("/proc", consider, NULL))
        return false;
    sg_sort(found->sockets, n_sockets);
    return true;
}

bool sg_relatives_are_all(void) { return are_all && !may_be_later(hidden, 0); }

bool sg_relatives_include(int pid)
{
    for (unsigned i = 0; i < n_relatives; i++)
        if (found->relatives[i].pid == (uint32_t)pid)
            return true;
    return false;
}

/* ---- their memory ---- */

/* Two programs whose addresses are not random may look alike: so the time at which the first
 * process began is read as well. */
static void move_window(uint32_t pid, uintptr_t start)
{
    uint64_t started_ns = 0;
    long file = open_memory(pid);
    long length =
        file < 0 ? file : read_memory(file, (uintptr_t)&sg_arena->started_ns, &started_ns, sizeof started_ns);
    bool is_one = length == (long)sizeof started_ns && started_ns == sg_arena->started_ns;
    if (is_one)
        length = read_memory(file, start, found->bytes, WINDOW);
    found->pid = pid;
    found->start = start;
    found->length = is_one && length > 0 ? (size_t)length : 0;
    if (length == 0 || length == -ENOENT || length == -ESRCH)
        found->is_family = has_reported(pid) ? UNKNOWN : NO;
    else if (file < 0)
        found->is_family = UNKNOWN;
    else
        found->is_family = is_one ? YES : NO;
    if (file >= 0)
        sg_sys1(SYS_close, file);
}

/* What two processes open after the fork, in the same millisecond and by the same stack,
 * looks alike: but each does so at a place of its own. */
static bool is_same_place(uint32_t pid, const struct sg_record *record)
{
    const struct sg_place *place = sg_places_get(sg_life_place(record->life));
    struct sg_place theirs = {0};
    if (!place || (found->place == place && found->place_pid == pid))
        return !place || found->is_same_place;
    long file = open_memory(pid);
    long length = file < 0 ? file : read_memory(file, (uintptr_t)place, &theirs, sizeof theirs);
    if (file >= 0)
        sg_sys1(SYS_close, file);
    found->place = place;
    found->place_pid = pid;
    found->is_same_place =
        length == (long)sizeof theirs
            ? theirs.number == place->number && (theirs.fork == place->fork || theirs.fork == 0)
            : has_reported(pid);
    return found->is_same_place;
}

/* Whether its memory has the record, too, so that it was made before the fork, and not taken
 * out there. Records mostly come one after the other. */
static enum answer has_record(uint32_t pid, const struct sg_record *record, bool is_handle)
{
    struct sg_record copy;
    uintptr_t address = (uintptr_t)record;
    if (found->pid != pid || address < found->start || address + sizeof copy > found->start + WINDOW)
        move_window(pid, address);
    if (found->is_family != YES || address + sizeof copy > found->start + found->length)
        return found->is_family == UNKNOWN ? UNKNOWN : NO;
    memcpy(&copy, found->bytes + (address - found->start), sizeof copy);
    bool is_equal = copy.life == record->life && (!is_handle || copy.serial == record->serial);
    return is_equal && is_same_place(pid, record) ? YES : NO;
}

/* What was inherited is as old as the first record. */
static bool may_be_hidden(const struct sg_record *record, bool is_own)
{
    return may_be_later(hidden, is_own ? tick_of(record) : 0);
}

bool sg_relatives_have_handle(const struct sg_record *record, bool is_own)
{
    for (unsigned i = 0; i < n_relatives; i++) {
        const struct relative *relative = &found->relatives[i];
        enum answer answer = has_record(relative->pid, record, true);
        if (answer == YES ||
            (answer == UNKNOWN && (!is_own || may_be_later(relative->started, tick_of(record)))))
            return true;
    }
    return may_be_hidden(record, is_own);
}

/* It can have been sent to a process that was forked before. */
static bool was_forked_with(const struct relative *relative, const struct sg_record *record)
{
    enum answer answer = has_record(relative->pid, record, false);
    if (answer == UNKNOWN)
        return may_be_later(relative->started, tick_of(record));
    return answer == YES || is_later(relative->started, tick_of(record));
}

bool sg_relatives_have_socket(uint32_t inode, const struct sg_record *own_record)
{
    size_t low = 0;
    for (size_t high = n_sockets; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (found->sockets[middle] >> 32 < inode)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < n_sockets && found->sockets[low] >> 32 == inode; low++)
        if (!own_record || was_forked_with(&found->relatives[(uint32_t)found->sockets[low]], own_record))
            return true;
    return may_be_hidden(own_record, own_record != NULL);
}
