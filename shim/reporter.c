#include "reporter.h"
#include "sys.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A second Ctrl-C and a server's kill(0, SIGTERM) are meant for the program. Only
 * SIGKILL ends us; what a fault of our own raises the kernel delivers all the same. */
void sg_reporter_take_signals(void)
{
    uint64_t all = UINT64_MAX;
    (void)sg_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, sizeof all);
    for (int signal = 1; signal < 65; signal++) {
        /* What the kernel takes: handler, flags, restorer, mask. */
        unsigned long action[4] = {(unsigned long)SIG_DFL};
        (void)sg_sys4(SYS_rt_sigaction, signal, action, 0, sizeof(uint64_t));
    }
}

/* The soft limit that is enough for us; the hard one is the administrator's.
 * Core files are left alone: ours would be of no use to anybody. */
static const struct {
    int resource;
    uint64_t enough;
} wanted[] = {
    {RLIMIT_AS, RLIM_INFINITY},    {RLIMIT_CPU, RLIM_INFINITY},     {RLIMIT_DATA, RLIM_INFINITY},
    {RLIMIT_FSIZE, RLIM_INFINITY}, {RLIMIT_MEMLOCK, RLIM_INFINITY}, {RLIMIT_NOFILE, 1024},
    {RLIMIT_NPROC, RLIM_INFINITY}, {RLIMIT_RTTIME, RLIM_INFINITY},  {RLIMIT_STACK, 8 << 20},
};

static void raise_limit(int resource, uint64_t enough)
{
    uint64_t limit[2] = {0}; /* soft and hard, as the kernel has them */
    if (sg_sys4(SYS_prlimit64, 0, resource, 0, limit) < 0 || limit[0] >= enough)
        return;
    uint64_t before = limit[0];
    limit[0] = limit[1] < enough ? limit[1] : enough;
    if (limit[0] > before)
        (void)sg_sys4(SYS_prlimit64, 0, resource, limit, 0);
}

void sg_reporter_raise_limits(void)
{
    for (size_t i = 0; i < SG_COUNT(wanted); i++)
        raise_limit(wanted[i].resource, wanted[i].enough);
    (void)sg_sys1(SYS_umask, 077);
}

/* execve(2) takes 128 KB of pointers and text in any case. */
#define VARIABLES_MAX 512
#define TEXT_MAX (80 * 1024)
#define VARIABLE_MAX (16 * 1024)
#define PAGE 4096U

/* A program may have freed what `environ` refers to, and nobody looks again. */
static bool is_readable(const void *address)
{
    return sg_sys_is_emulated || sg_sys_is_readable((uintptr_t)address);
}

/* Bytes with the final zero; 0 for what is too long or cannot be read. */
static size_t size_of(const char *text)
{
    for (size_t size = 0; size < VARIABLE_MAX; size++) {
        if ((size == 0 || (uintptr_t)(text + size) % PAGE == 0) && !is_readable(text + size))
            return 0;
        if (text[size] == '\0')
            return size + 1;
    }
    return 0;
}

static bool has_start(const char *variable, const char *const *starts)
{
    for (; *starts; starts++)
        if (strncmp(variable, *starts, strlen(*starts)) == 0)
            return true;
    return false;
}

static const char *const refused[] = {"LD_", "DEBUGINFOD_", NULL};
static const char *const needed[] = {"PATH=", "HOME=", "TERM=", "NO_COLOR=", "LANG=", "LC_", NULL};

struct kept {
    char *variables[VARIABLES_MAX + 1];
    size_t count, bytes;
};

static void keep(struct kept *kept, char **from, bool is_needed)
{
    for (char **at = from; at; at++) {
        if ((at == from || (uintptr_t)at % PAGE == 0) && !is_readable(at))
            return;
        if (!*at || kept->count == VARIABLES_MAX)
            return;
        size_t size = size_of(*at);
        if (size == 0 || kept->bytes + size > TEXT_MAX || has_start(*at, refused) ||
            has_start(*at, needed) != is_needed)
            continue;
        kept->variables[kept->count++] = *at;
        kept->bytes += size;
    }
}

char **sg_reporter_environment(char **from, bool is_short)
{
    static struct kept kept;
    kept.count = 0;
    kept.bytes = 0;
    keep(&kept, from, true);
    if (!is_short)
        keep(&kept, from, false);
    kept.variables[kept.count] = NULL;
    return kept.variables;
}
