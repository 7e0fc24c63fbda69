/* The command sessguard: turns what a watched process left behind into a
 * report.
 *
 * Layer:   19
 * Threads: one.
 * Memory:  see the commands.
 * Fails:   see the commands; an unknown one is status 2.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "finish.h"
#include "flags.h"
#include "show.h"

static int run_finish(int count, char **arguments)
{
    (void)count;
    (void)arguments;
    prctl(PR_SET_NAME, "sessguard"); /* started through a descriptor, it may have the number of that */
    return sg_finish_run(STDIN_FILENO, STDERR_FILENO);
}

static int run_help(int count, char **arguments)
{
    (void)count;
    (void)arguments;
    return sg_flags_help(stdout);
}

static int run_version(int count, char **arguments)
{
    (void)count;
    (void)arguments;
    puts("sessguard " SG_VERSION);
    return 0;
}

static const struct {
    const char *word;
    int (*run)(int count, char **arguments);
} commands[] = {
    {"report", sg_show_run}, {"finish", run_finish},     {"help", run_help},       {"--help", run_help},
    {"-h", run_help},        {"--version", run_version}, {"version", run_version},
};

/* A program may have closed any of the three. A file that we open must not
 * take the number of one, or an error message would land in it. */
static void fill_standard_descriptors(void)
{
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            return;
}

int main(int count, char **arguments)
{
    /* libdw would ask the servers named there for debug information. */
    unsetenv("DEBUGINFOD_URLS");
    fill_standard_descriptors();
    if (count < 2) {
        fputs("sessguard: which command? report, help or --version\n", stderr);
        return SG_SHOW_BAD;
    }
    for (size_t i = 0; i < SG_COUNT(commands); i++)
        if (strcmp(arguments[1], commands[i].word) == 0)
            return commands[i].run(count - 1, arguments + 1);
    fprintf(stderr, "sessguard: unknown command \"%s\"; there are report, help and --version\n",
            arguments[1]);
    return SG_SHOW_BAD;
}
