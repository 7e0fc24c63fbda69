/* Measures a row whose operation is a whole process: runs a command with
 * something before it or around it, and without, in turn.
 *
 *   spawn [-k KIND] [-p PAIRS | -s SECONDS] [-e NAME=VALUE]... [-w WORD]... COMMAND...
 *
 * -e is in the environment, and -w are words before the command, where it is
 * on. KIND is what is measured, in nanoseconds if it is a time:
 *
 *   time     from the start of the process until it has ended (the default)
 *   end      from the moment that it prints until it has ended
 *   number   what it prints
 *
 * The output is the same as that of bench: ON OFF OFF OFF. */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAIRS_MIN 5
#define WORDS_MAX 100
#define VARIABLES_MAX 1000

extern char **environ;

enum kind { TIME, END, NUMBER };
static enum kind kind;

/* A command and its environment: [0] off, [1] on. */
static char *commands[2][WORDS_MAX + 1];
static char *environments[2][VARIABLES_MAX + 1];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void fail(const char *what)
{
    (void)fprintf(stderr, "spawn: %s: %s\n", commands[0][0], what);
    exit(1);
}

static void append(char **list, int max, char *word)
{
    int count = 0;
    while (list[count])
        count++;
    if (count == max)
        fail("too many words");
    list[count] = word;
}

/* One number, which ends the wait for it. */
static double read_number(int fd)
{
    char text[100];
    size_t length = 0;
    ssize_t got;
    while (length < sizeof text - 1 && (got = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    char *end;
    double number = strtod(text, &end);
    if (end == text)
        fail("it printed no number");
    return number;
}

static double measure(bool is_on)
{
    posix_spawn_file_actions_t actions;
    int output[2] = {-1, -1};
    pid_t pid;
    int status;
    double number = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (kind == TIME)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    else if (pipe2(output, O_CLOEXEC) == 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    double start = now();
    if (posix_spawn(&pid, commands[is_on][0], &actions, NULL, commands[is_on], environments[is_on]) != 0)
        fail("it cannot be started");
    if (kind != TIME) {
        close(output[1]);
        number = read_number(output[0]);
        close(output[0]);
    }
    if (waitpid(pid, &status, 0) < 0 || status != 0)
        fail("it failed");
    double end = now();
    posix_spawn_file_actions_destroy(&actions);
    return kind == TIME ? end - start : kind == END ? end - number : number;
}

/* xorshift64; the same order in every run. */
static bool toss(void)
{
    static uint64_t state = UINT64_C(0x9E3779B97F4A7C15);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> 63;
}

static void measure_pair(bool first_is_on, double *first, double *second)
{
    bool is_reversed = toss();
    if (is_reversed)
        *second = measure(false);
    *first = measure(first_is_on);
    if (!is_reversed)
        *second = measure(false);
}

static int read_arguments(int argc, char **argv, unsigned *pairs, double *seconds)
{
    int option;
    for (char **entry = environ; *entry; entry++) {
        append(environments[0], VARIABLES_MAX, *entry);
        append(environments[1], VARIABLES_MAX, *entry);
    }
    while ((option = getopt(argc, argv, "+k:p:s:e:w:")) != -1) {
        if (option == 'k')
            kind = strcmp(optarg, "number") == 0 ? NUMBER : strcmp(optarg, "end") == 0 ? END : TIME;
        else if (option == 'p')
            *pairs = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 's')
            *seconds = strtod(optarg, NULL);
        else if (option == 'e')
            append(environments[1], VARIABLES_MAX, optarg);
        else if (option == 'w')
            append(commands[1], WORDS_MAX, optarg);
        else
            return -1;
    }
    for (int i = optind; i < argc; i++) {
        append(commands[0], WORDS_MAX, argv[i]);
        append(commands[1], WORDS_MAX, argv[i]);
    }
    return commands[0][0] ? 0 : -1;
}

int main(int argc, char **argv)
{
    unsigned pairs = 0;
    double seconds = 4;
    if (read_arguments(argc, argv, &pairs, &seconds) < 0)
        return 2;
    /* The first run of a program reads its files from the disk. */
    (void)measure(false);
    double end = now() + seconds * 1e9;
    for (unsigned done = 0; pairs ? done < pairs : done < PAIRS_MIN || now() < end; done++) {
        double on;
        double off;
        double null[2];
        measure_pair(true, &on, &off);
        measure_pair(false, &null[0], &null[1]);
        (void)printf("%.2f %.2f %.2f %.2f\n", on, off, null[0], null[1]);
        (void)fflush(stdout);
    }
    return 0;
}
