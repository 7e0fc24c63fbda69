/* What happens before main(): options are read, the families announced, and
 * the end is registered for. Nothing is mapped yet.
 *
 * Layer:   21
 */
#include "families.h"
#include "finish.h"
#include "helper.h"
#include "hook.h"
#include "interpreter.h"
#include "out.h"
#include "privileges.h"
#include "sessguard.h"
#include "stderr.h"
#include "sys.h"

#include <gnu/libc-version.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* Being the first constructor, we run before libc has set its own. */
static char **environment;

static struct sg_options options;
static char directory[PATH_MAX];

/* Read from the memory itself, as bash has a getenv() of its own. */
static const char *variable(const char *name)
{
    size_t length = strlen(name);
    for (char **entry = environment; entry && *entry; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}

/* What is said of the options, in as few writes as can be. */
static char said[4096];
static struct sg_out said_out = {.buffer = said, .size = sizeof said};

#define STUCK_MS 100 /* for all of it, where nobody takes it */
#define SLOW_MS 1000 /* for all of it, where somebody takes it slowly */

static int64_t now_ms(void)
{
    struct timespec now = {0};
    (void)sg_sys2(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for a reader as long as that may hold up a start; a file waits for nobody. */
static void flush(void)
{
    static int left_ms = SLOW_MS;
    static bool is_stuck;
    size_t length = said_out.length;
    said_out.length = 0;
    int to = sg_stderr_descriptor();
    if (length == 0 || is_stuck || to < 0)
        return;
    int64_t start = now_ms();
    is_stuck = sg_sys_write_all(to, said, length, left_ms < STUCK_MS ? left_ms : STUCK_MS) != 0;
    int64_t waited = now_ms() - start;
    left_ms = waited < left_ms ? left_ms - (int)waited : 0;
}

static void say(void *unused, const char *line)
{
    size_t length = strlen(line) + sizeof "sessguard: \n";
    (void)unused;
    if (length > said_out.size - said_out.length)
        flush();
    sg_out_texts(&said_out, "sessguard: ", line, "\n", NULL);
}

static void read_options(void)
{
    sg_options_init(&options);
    const char *own = __sessguard_default_options ? __sessguard_default_options() : NULL;
    const char *list = variable("SESSGUARD_OPTIONS");
    const char *mode = variable("SESSGUARD_MODE");
    if (own)
        sg_options_parse(&options, own, "__sessguard_default_options", say, NULL);
    if (list)
        sg_options_parse(&options, list, "SESSGUARD_OPTIONS", say, NULL);
    if (mode && *mode)
        sg_options_parse_mode(&options, mode, "SESSGUARD_MODE", say, NULL);
    if (options.format == SG_FORMAT_JSON && !options.output[0])
        say(NULL, "format=json needs output=FILE: without it the report is text, on stderr");
    if (options.help)
        sg_options_help(say, NULL);
}

/* True if `name`, of this length, is a kind or a family of this build. */
static bool is_watchable(const char *name, size_t length)
{
    for (const struct sg_family *const *family = sg_families; *family; family++) {
        if (strlen((*family)->name) == length && memcmp((*family)->name, name, length) == 0)
            return true;
        for (struct sg_kind *const *kind = (*family)->kinds; *kind; kind++)
            if (strlen((*kind)->name) == length && memcmp((*kind)->name, name, length) == 0)
                return true;
    }
    return false;
}

static void refuse_kind(const char *name, size_t length)
{
    char line[1024];
    struct sg_out out = sg_out_into(line, sizeof line);
    sg_out_text(&out, "bad value kinds=\"");
    sg_out_bytes(&out, name, length);
    sg_out_text(&out, "\"; allowed, joined by +:");
    for (const struct sg_family *const *family = sg_families; *family; family++) {
        sg_out_texts(&out, " ", (*family)->name, NULL);
        for (struct sg_kind *const *kind = (*family)->kinds; *kind; kind++)
            if (strcmp((*kind)->name, (*family)->name) != 0)
                sg_out_texts(&out, " ", (*kind)->name, NULL);
    }
    say(NULL, line);
}

/* Only here it is known which kinds there are. Those that are unknown are left
 * out; where all of them are, everything is watched. */
static void check_kinds(void)
{
    char good[SG_OPTION_TEXT_MAX];
    struct sg_out out = sg_out_into(good, sizeof good);
    for (const char *at = options.kinds; *at;) {
        size_t length = strcspn(at, "+");
        if (is_watchable(at, length)) {
            sg_out_text(&out, out.length ? "+" : "");
            sg_out_bytes(&out, at, length);
        } else {
            refuse_kind(at, length);
        }
        at += length + (at[length] == '+');
    }
    memcpy(options.kinds, good, out.length + 1);
}

/* Weak, because only glibc has it. */
extern __typeof__(gnu_get_libc_version) gnu_get_libc_version __attribute__((weak));

/* On another C library (musl) the hooks pass every call on, and that is all:
 * structures, exit handlers and the loader are not what we were built for. The
 * functions are looked up now, as a signal handler must not wait for the loader. */
static void pass_on(void)
{
    sg_hook_find_all();
    if (options.verbosity > 0)
        say(NULL, "this is not glibc: nothing is watched");
}

static bool is_relative(const char *path) { return *path && *path != '/'; }

/* With -z initfirst this is the first constructor of the process. */
__attribute__((constructor)) static void start(int argc, char **argv, char **envp)
{
    (void)argc;
    (void)argv;
    /* glibc hands a constructor what main() gets; others have set environ. */
    environment = environ ? environ : envp;
    sg_sys_start();
    sg_stderr_start(variable("JOURNAL_STREAM"));
    read_options();
    if (!gnu_get_libc_version) {
        pass_on();
        flush();
        return;
    }
    check_kinds();
    flush();
    sg_hook_start();
    if (options.mode == SG_MODE_OFF)
        return;
    sg_hook_has_outer_close = sg_hook_is_before_us("close", 0);
    if (is_relative(options.output) || is_relative(options.log_path) || is_relative(options.suppressions))
        if (sg_sys2(SYS_getcwd, directory, sizeof directory) < 0)
            directory[0] = '\0';
    sg_stderr_want(&options);
    sg_helper_start(options.helper);
    sg_finish_start(directory);
    sg_privileges_start(directory);
    sg_detector_start(sg_families, &options);
    sg_interpreter_find();
}
