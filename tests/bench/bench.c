/* Measures a row: batches of operations with the hooks and without, in turn.
 *
 *   bench [-p PAIRS | -s SECONDS] ROW
 *   bench -a on|off ROW                 a few operations in that state only
 *
 * Every line of the output is one round, in nanoseconds for an operation:
 *
 *   ON OFF OFF OFF
 *
 * The first two are a pair, measured one right after the other in random order;
 * the other two are a pair of the null run. What happens on the machine
 * meanwhile concerns both of a pair. */
#include "bench.h"
#include "paths.h"
#include "switch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH_NS 400e3
#define PAIRS_MIN 100
#define WARM_UP 3 /* operations after each switch that are not measured */

static const struct row *row;
static unsigned operations = 1; /* in a batch */

double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

void fail(const char *what)
{
    (void)fprintf(stderr, "bench: %s: %s\n", row ? row->name : "?", what);
    exit(1);
}

/* ---- a batch ---- */

/* Both threads begin at once. Neither may wait for long without letting others
 * run: there may be one processor only. */
static void meet(void)
{
    static atomic_uint arrived;
    unsigned last = row->threads - 1;
    unsigned mine = atomic_fetch_add(&arrived, 1);
    unsigned all_here = (mine | last) + 1;
    for (unsigned tries = 0; (int)(atomic_load(&arrived) - all_here) < 0; tries++)
        if (tries > 1000)
            sched_yield();
}

struct batch {
    unsigned more_frames; /* between run_batch() and work(); 0: not known yet */
    double time;
};

static void work(void *context)
{
    struct batch *batch = context;
    if (row->frames != 0 && batch->more_frames == 0) {
        unsigned frames = count_frames() + 1; /* with that of `run` */
        batch->more_frames = row->frames > frames ? 1 + row->frames - frames : 1;
        return;
    }
    row->run(WARM_UP);
    meet();
    double start = now();
    row->run(operations);
    batch->time = now() - start;
}

static void run_batch(struct batch *batch)
{
    if (row->frames == 0) {
        work(batch);
        return;
    }
    if (batch->more_frames == 0)
        call_from_depth(1, work, batch);
    call_from_depth(batch->more_frames, work, batch);
}

/* ---- the second thread ---- */

static atomic_uint begun, ended;
static struct batch of_second;

static void *second_thread(void *unused)
{
    for (unsigned turn = 1;; turn++) {
        while (atomic_load(&begun) != turn)
            sched_yield();
        run_batch(&of_second);
        atomic_store(&ended, turn);
    }
    return unused;
}

/* ---- a round ---- */

static double measure(bool is_on)
{
    static struct batch of_first;
    switch_to(is_on);
    if (row->sample)
        return row->sample();
    if (row->threads > 1)
        atomic_fetch_add(&begun, 1);
    run_batch(&of_first);
    while (atomic_load(&ended) != atomic_load(&begun))
        sched_yield();
    return (of_first.time + of_second.time) / row->threads / operations;
}

struct round {
    double on, off, null[2];
};

/* xorshift64; the same order of batches in every run. */
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
    for (int i = 0; i < 2; i++) {
        if (is_reversed == (i == 0))
            *second = measure(false);
        else
            *first = measure(first_is_on);
    }
}

/* It is always called from main(), so that the stack is always the same. */
static void measure_round(struct round *round)
{
    bool is_null_first = toss();
    if (is_null_first)
        measure_pair(false, &round->null[0], &round->null[1]);
    measure_pair(true, &round->on, &round->off);
    if (!is_null_first)
        measure_pair(false, &round->null[0], &round->null[1]);
}

/* ---- the row ---- */

static void find_row(const char *name)
{
    const struct row *tables[] = {rows_of_calls, rows_of_http};
    for (unsigned i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (const struct row *at = tables[i]; at->name; at++)
            if (strcmp(at->name, name) == 0)
                row = at;
    if (!row)
        fail(name);
}

/* An interruption makes a batch longer; hardly one in each of three. */
static bool is_too_short(const struct round *round)
{
    double least = round->off;
    for (unsigned i = 0; i < 2; i++)
        least = round->null[i] < least ? round->null[i] : least;
    return !row->sample && least * operations < BATCH_NS;
}

/* With a socket of its own, so that each row opens one in the state "on". */
static void try_one_state(bool is_on)
{
    switch_to(is_on);
    if (row->set_up)
        row->set_up();
    close(socket(AF_UNIX, SOCK_STREAM, 0));
    operations = 10;
    (void)measure(is_on);
}

extern void __sessguard_disable(void) __attribute__((weak));
extern void __sessguard_enable(void) __attribute__((weak));

/* Once the library knows libcurl, that one's calls of its own functions are led
 * past it for good, so what is switched is looked for only then. */
static void meet_libcurl(void)
{
    if (!__sessguard_disable)
        return;
    __sessguard_disable();
    curl_easy_cleanup(curl_easy_init());
    __sessguard_enable();
}

int main(int argc, char **argv)
{
    const char *only = NULL;
    unsigned pairs = 0;
    double seconds = 4;
    int option;
    while ((option = getopt(argc, argv, "a:p:s:")) != -1) {
        if (option == 'a')
            only = optarg;
        else if (option == 'p')
            pairs = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 's')
            seconds = strtod(optarg, NULL);
        else
            return 2;
    }
    if (optind + 1 != argc)
        return 2;
    find_row(argv[optind]);
    meet_libcurl();
    if (switch_start() == 0)
        fail("nothing to switch: is the library preloaded?");
    pthread_t thread;
    if (row->threads > 1 && pthread_create(&thread, NULL, second_thread, NULL) != 0)
        fail("no thread");
    if (only) {
        try_one_state(strcmp(only, "on") == 0);
        return 0;
    }
    if (row->set_up)
        row->set_up();
    double end = now() + seconds * 1e9;
    for (unsigned done = 0; pairs ? done < pairs : done < PAIRS_MIN || now() < end;) {
        struct round round;
        measure_round(&round);
        if (done == 0 && is_too_short(&round)) {
            operations *= 2;
            continue;
        }
        (void)printf("%.2f %.2f %.2f %.2f\n", round.on, round.off, round.null[0], round.null[1]);
        done++;
    }
    switch_to(true);
    return 0;
}
