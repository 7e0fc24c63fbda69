/* What happens before main(): options are read, the families announced, and
 * the end is registered for. Nothing is mapped yet.
 *
 * Layer:   11
 */
#include "finish.h"
#include "families.h"
#include "hook.h"
#include "launch.h"
#include "out.h"
#include "sessguard.h"
#include "sys.h"

#include <limits.h>
#include <string.h>
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

static void say(void *unused, const char *line)
{
    char text[1280];
    struct sg_out out = sg_out_into(text, sizeof text);
    (void)unused;
    sg_out_texts(&out, "sessguard: ", line, "\n", NULL);
    (void)sg_sys_write_all(STDERR_FILENO, text, out.length, 100);
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
    if (options.help)
        sg_options_help(say, NULL);
}

static bool is_relative(const char *path) { return *path && *path != '/'; }

/* With -z initfirst this is the first constructor of the process. */
__attribute__((constructor)) static void start(int argc, char **argv, char **envp)
{
    (void)argc;
    (void)argv;
    /* glibc hands a constructor what main() gets; others have set environ. */
    environment = environ ? environ : envp;
    read_options();
    sg_hook_start();
    if (options.mode == SG_MODE_OFF)
        return;
    if (is_relative(options.output) || is_relative(options.log_path) || is_relative(options.suppressions))
        if (sg_sys2(SYS_getcwd, directory, sizeof directory) < 0)
            directory[0] = '\0';
    sg_launch_start();
    sg_finish_start(directory);
    sg_detector_start(sg_families, &options);
}
