/* Plays a little program that generate.py has made: lists of operations, of which one
 * is main, and the others threads, handlers, children and what an exec becomes.
 *
 *   actor SCRIPT LIST LEDGER PORT
 *
 * In the ledger, a file that all its processes share, it keeps what is open, so that the
 * judge knows what a report has to say. Each operation that opens has a site of its own, a
 * function that stands in the stack. */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifdef ACTOR_HAS_CURL
#include <curl/curl.h>
#endif

char **arguments;
struct list lists[LISTS];
struct slot slots[SLOTS];
_Atomic int gates[GATES];
struct queue queues[QUEUES];
pthread_mutex_t locks[LOCKS];
int *volatile objects[OBJECTS];
int static_list = -1, port;
static int jitter;
bool returns;
int return_status;

/* Sleeps its whole time, whatever signals come. */
void sleep_us(long us)
{
    struct timespec rest = {us / MICROSECONDS, us % MICROSECONDS * 1000};
    while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
        ;
}

/* Some runs are slower at random places. */
static void be_late(void)
{
    static _Thread_local unsigned state;
    if (!jitter)
        return;
    if (!state)
        state = (unsigned)(getpid() ^ (int)(intptr_t)&state ^ (int)clock());
    if (rand_r(&state) % 4 == 0)
        sleep_us(rand_r(&state) % jitter);
}

void failed(const char *what)
{
    char text[NAME];
    int length = snprintf(text, sizeof text, "%s fails: %d\n", what, errno);
    (void)!write(STDOUT_FILENO, text, (size_t)length);
}

/* ---- sites: one function for each operation that opens ---- */

#define SITE(n)                                                                                              \
    static NOINLINE void site_##n(opener *open, const long *args)                                            \
    {                                                                                                        \
        open(args);                                                                                          \
        __asm__ volatile("" ::"r"(args) : "memory");                                                         \
    }
#define ROW_OF(macro, n)                                                                                     \
    macro(n##0) macro(n##1) macro(n##2) macro(n##3) macro(n##4) macro(n##5) macro(n##6) macro(n##7)          \
        macro(n##8) macro(n##9)
#define ALL(macro)                                                                                           \
    ROW_OF(macro, 1)                                                                                         \
    ROW_OF(macro, 2)                                                                                         \
    ROW_OF(macro, 3) ROW_OF(macro, 4) ROW_OF(macro, 5) ROW_OF(macro, 6) ROW_OF(macro, 7) ROW_OF(macro, 8)
ALL(SITE)
#define NAMED(n) [n] = site_##n,
static void (*const sites[SITES])(opener *, const long *) = {ALL(NAMED)};

/* ---- the script ---- */

static const struct operation {
    const char *name;
    opener *run, *open;
} operations[] = {
#define RUNS(name, function) {#name, .run = (function), .open = NULL},
#define OPENS(name, function) {#name, .run = NULL, .open = (function)},
#include "operations.def"
};

void run_list(long number)
{
    const struct list *list = &lists[number];
    for (int i = 0; i < list->count; i++) {
        const struct op *op = &list->ops[i];
        be_late();
        if (op->open)
            sites[op->args[0]](op->open, op->args);
        else
            op->run(op->args);
        if (op->run == end_return)
            return;
    }
}

static void add_operation(struct list *list, const char *name, const long *args)
{
    size_t n = 0;
    while (n < COUNT(operations) && strcmp(operations[n].name, name) != 0)
        n++;
    if (n == COUNT(operations) || list->count == OPS) {
        fprintf(stderr, "%s: no such operation, or too many\n", name);
        _exit(93);
    }
    struct op *op = &list->ops[list->count++];
    *op = (struct op){operations[n].run, operations[n].open, {0}};
    memcpy(op->args, args, sizeof op->args);
}

static void parse(const char *path)
{
    char line[BUFFER], name[NAME];
    int list = 0;
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        long args[ARGS] = {0};
        if (line[0] == '#' ||
            sscanf(line, "%63s %ld %ld %ld %ld", name, &args[0], &args[1], &args[2], &args[3]) < 1)
            continue;
        if (strcmp(name, "list") == 0)
            list = (int)args[0];
        else if (strcmp(name, "static") == 0)
            static_list = (int)args[0];
        else
            add_operation(&lists[list], name, args);
    }
    if (file)
        fclose(file);
}

int main(int count, char **words)
{
    if (count < 5)
        return 93;
    arguments = words;
    const char *slow = getenv("ACTOR_JITTER");
    jitter = slow ? atoi(slow) : 0;
    parse(words[1]);
    port = atoi(words[4]);
    int fd = open(words[3], O_RDWR | O_CLOEXEC);
    ledger = mmap(NULL, sizeof *ledger, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (ledger == MAP_FAILED)
        return 93;
    begin_row();
    for (size_t i = 0; i < COUNT(locks); i++)
        pthread_mutex_init(&locks[i], NULL);
    for (size_t i = 0; i < COUNT(queues); i++)
        pthread_mutex_init(&queues[i].lock, NULL);
    for (size_t i = 0; i < COUNT(objects); i++)
        objects[i] = calloc(1, sizeof *objects[i]);
#ifdef ACTOR_HAS_CURL
    curl_global_init(CURL_GLOBAL_DEFAULT);
#endif
    run_list(atoi(words[2]));
    ending(HOW_EXIT);
    return return_status;
}
