#include "relatives.h"
#include "arena.h"
#include "children.h"
#include "out.h"
#include "proc.h"
#include "sort.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define RELATIVES_MAX 4096U
#define SOCKETS_MAX ((size_t)1 << 16)
#define LINK_MAX_LENGTH 512
#define WINDOW 65536U

/* Mapped when it is needed: programs that lock all their memory pay for what is static. */
static struct {
    uint64_t sockets[SOCKETS_MAX]; /* inode numbers, sorted */
    uint32_t relatives[RELATIVES_MAX];
    char program[LINK_MAX_LENGTH];
    /* A part of the memory of one of them, as it was read. */
    uint32_t pid; /* 0: nothing was read yet */
    uintptr_t start;
    size_t length;
    enum answer { NO, YES, UNKNOWN } is_family;
    unsigned char bytes[WINDOW];
} * found;

static size_t n_sockets;
static unsigned n_relatives;
static uint64_t self; /* the number of this process in /proc */
static struct sg_proc_stat own;
static long own_length;
static bool may_have_all; /* a child that cannot be looked into, or more than there is room for */
static bool are_all;
static bool (*is_wanted)(uint32_t pid);

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
        found->sockets[n_sockets++] = (uint32_t)sg_proc_number(link + sizeof prefix - 1, &end);
    else
        may_have_all = true;
}

static void add_relative(uint64_t pid)
{
    char folder[64];
    if (!is_wanted((uint32_t)pid))
        return;
    if (n_relatives == RELATIVES_MAX) {
        may_have_all = true;
        return;
    }
    found->relatives[n_relatives++] = (uint32_t)pid;
    if (!sg_proc_each(sg_proc_path(folder, sizeof folder, pid, "fd"), add_socket, &pid))
        may_have_all = true;
}

/* One that has changed its user hides which program it runs. Its name is still ours, unless
 * it became another program; and only a process of the same family has the same session. */
static void consider_hidden(uint64_t pid)
{
    struct sg_proc_stat stat;
    if (!sg_proc_stat(pid, &stat))
        are_all = false;
    else if (!stat.is_gone && strcmp(stat.name, own.name) == 0) {
        may_have_all |= stat.parent == self;
        are_all &= stat.parent != self && stat.session != own.session;
    }
}

enum kinship { STRANGER, RELATIVE, HIDDEN };

/* The kernel begins each program's stack at another address, which stays the same in what
 * is forked from it. */
static enum kinship kinship_of(uint64_t pid)
{
    char program[LINK_MAX_LENGTH];
    struct sg_proc_stat stat;
    long length = sg_proc_link(pid, "exe", program, sizeof program);
    if (length == -EACCES || length == -EPERM)
        return HIDDEN;
    bool is_one = length == own_length && memcmp(program, found->program, (size_t)length) == 0 &&
                  sg_proc_stat(pid, &stat) && stat.stack == own.stack && !stat.is_gone;
    return is_one ? RELATIVE : STRANGER;
}

static void consider(void *unused, uint64_t pid)
{
    (void)unused;
    if (!pid || pid == self)
        return;
    enum kinship kinship = kinship_of(pid);
    if (kinship == HIDDEN)
        consider_hidden(pid);
    else if (kinship == RELATIVE)
        add_relative(pid);
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
    return look_at_self() && self == (uint64_t)sg_sys_pid() && kinship_of((uint64_t)pid) == RELATIVE;
}

/* ---- when they were forked ---- */

#define NS_PER_MS 1000000
#define MS_PER_CLOCK_TICK 10 /* of proc_pid_stat(5): 100 a second, by sysconf(3) */
#define SLACK_MS 10          /* the clock of our ticks is as coarse */
#define UNKNOWN_TIME INT64_MAX

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

bool sg_relatives_find(bool (*wanted)(uint32_t pid))
{
    struct sg_proc_stat first;
    bool is_known = look_at_self();
    is_wanted = wanted;
    if (found)
        found->pid = 0;
    n_relatives = 0;
    n_sockets = 0;
    may_have_all = false;
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

bool sg_relatives_are_all(void) { return are_all && !may_have_all; }

bool sg_relatives_include(int pid)
{
    for (unsigned i = 0; i < n_relatives; i++)
        if (found->relatives[i] == (uint32_t)pid)
            return true;
    return false;
}

bool sg_relatives_have_socket(uint32_t inode)
{
    return may_have_all || sg_sort_find(found->sockets, n_sockets, inode, NULL);
}

/* ---- their memory ---- */

static long read_memory(long file, uintptr_t address, void *to, size_t size)
{
    return sg_sys4(SYS_pread64, file, to, size, address);
}

/* Two programs whose addresses are not random may look alike: so the time at which the first
 * process began is read as well. */
static void move_window(uint32_t pid, uintptr_t start)
{
    char path[64];
    uint64_t started_ns = 0;
    long file =
        sg_sys4(SYS_openat, AT_FDCWD, sg_proc_path(path, sizeof path, pid, "mem"), O_RDONLY | O_CLOEXEC, 0);
    found->pid = pid;
    found->start = start;
    found->length = 0;
    found->is_family = file == -ENOENT || file == -ESRCH ? NO : UNKNOWN;
    if (file < 0)
        return;
    long length = read_memory(file, (uintptr_t)&sg_arena->started_ns, &started_ns, sizeof started_ns);
    found->is_family = length == (long)sizeof started_ns && started_ns == sg_arena->started_ns ? YES : NO;
    length = found->is_family == YES ? read_memory(file, start, found->bytes, WINDOW) : 0;
    found->length = length > 0 ? (size_t)length : 0;
    sg_sys1(SYS_close, file);
}

/* Records mostly come one after the other. */
static bool has_handle(uint32_t pid, const struct sg_record *record)
{
    struct sg_record copy;
    uintptr_t address = (uintptr_t)record;
    if (found->pid != pid || address < found->start || address + sizeof copy > found->start + WINDOW)
        move_window(pid, address);
    if (found->is_family != YES || address + sizeof copy > found->start + found->length)
        return found->is_family == UNKNOWN;
    memcpy(&copy, found->bytes + (address - found->start), sizeof copy);
    return copy.life == record->life && copy.serial == record->serial;
}

bool sg_relatives_have_handle(const struct sg_record *record)
{
    for (unsigned i = 0; i < n_relatives && !may_have_all; i++)
        if (has_handle(found->relatives[i], record))
            return true;
    return may_have_all;
}
