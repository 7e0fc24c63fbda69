/* Opens and closes sessions and sockets in every way at once, and writes down
 * what it has opened and leaked, for torture.sh to compare with the report.
 *
 *   torture SECONDS SEED LEDGER PLUGINS [gated|forkless]
 *
 * Eight threads take one small action after the other, each from a random
 * sequence of its own: sessions, copies, groups and shares of libcurl; sockets,
 * copies of them over others, ranges, streams, errors; handles that another
 * thread closes; plug-ins that open sessions and are unloaded; children by
 * fork, vfork and posix_spawn; threads that end. Signals open and close sockets
 * meanwhile, and each child has a ledger and a report of its own.
 *
 * A million sessions of the real libcurl would not fit into memory, so these
 * are of a fake library, fake_curl.c, which hands out numbers; all other
 * sessions are real.
 *
 * `gated` lets no fork happen while a library is loaded or unloaded. `forkless`
 * forks no children that go on: under a sanitizer these hang by themselves, as
 * its locks are not fork's. */
#include "seat.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct torture torture;
static struct seat seats[SEATS];
static _Atomic bool has_ended[SEATS];

/* How often each is done. */
static const struct {
    action *act;
    unsigned weight;
} actions[] = {
    {act_easy, 120},      {act_copy, 60},   {act_close_easy, 160}, {act_pass, 80},   {act_receive, 90},
    {act_multi, 40},      {act_share, 40},  {act_socket, 120},     {act_pair, 80},   {act_close_socket, 200},
    {act_connection, 60}, {act_copies, 80}, {act_range, 30},       {act_rights, 30}, {act_stream, 40},
    {act_errors, 40},     {act_cancel, 10}, {act_plugin, 24},      {act_small, 1},   {act_flood, 60},
    {act_fork, 1},        {act_vfork, 2},   {act_spawn, 1},
};

/* All are called from here, so that a site has one stack. */
static void act_once(struct seat *seat, unsigned all)
{
    unsigned at = pick(seat, all);
    unsigned i = 0;
    while (at >= actions[i].weight)
        at -= actions[i++].weight;
    action *act = torture.is_filling && pick(seat, 2) ? act_flood : actions[i].act;
    act(seat);
}

/* Enough descriptors, and an end of them that is within reach. */
static void limit_descriptors(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max < 16384 ? limit.rlim_max : 16384;
    if (limit.rlim_cur < 8192 || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        fail("8192 descriptors are needed");
}

static void *sit(void *context)
{
    struct seat *seat = context;
    unsigned all = 0;
    for (unsigned i = 0; i < sizeof actions / sizeof actions[0]; i++)
        all += actions[i].weight;
    for (unsigned turns = 500 + pick(seat, 5000); turns > 0 && !torture.is_over; turns--)
        act_once(seat, all);
    has_ended[seat->number] = true;
    if (seat->number % 2)
        pthread_exit(NULL);
    return NULL;
}

static void start(struct seat *seat)
{
    has_ended[seat->number] = false;
    if (pthread_create(&seat->thread, NULL, sit, seat) != 0)
        fail("pthread_create");
}

/* ---- signals ---- */

__attribute__((noinline)) static void many_in_handler(int fds[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        _exit(6);
    ledger_opened(AT_many_in_handler, 2);
}

static void on_signal(int number)
{
    static _Atomic unsigned calls;
    int error = errno;
    int fds[2];
    many_in_handler(fds);
    if (calls++ % 64 != (unsigned)number || !ledger_leak(AT_many_in_handler, 30)) {
        ledger_closed(AT_many_in_handler, 1);
        close(fds[0]);
    }
    ledger_closed(AT_many_in_handler, 1);
    close(fds[1]);
    errno = error;
}

static void start_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct itimerval timer = {{0, 7000}, {0, 7000}};
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void end_signals(void)
{
    static const struct itimerval never;
    sigset_t all;
    setitimer(ITIMER_REAL, &never, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
}

/* ---- the whole ---- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The main thread sends signals, starts again what has ended, and has the
 * seats fill up with handles once. */
static bool watch_over(double seconds)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    double begin = now();
    bool is_filled = false;
    for (unsigned turn = 0; now() < begin + seconds || !is_filled; turn++) {
        struct seat *seat = &seats[turn % SEATS];
        if (has_ended[seat->number]) {
            pthread_join(seat->thread, NULL);
            start(seat);
        }
        pthread_kill(seat->thread, SIGUSR1);
        torture.progress = (unsigned)((now() - begin) / seconds * PROGRESS);
        if (!is_filled && torture.progress > PROGRESS / 3)
            torture.is_filling = true;
        if (torture.flooded == FLOOD) {
            is_filled = true;
            torture.is_filling = false;
        }
        nanosleep(&pause, NULL);
    }
    return is_filled;
}

int main(int argc, char **argv)
{
    struct thing thing;
    if (argc < 5)
        return 2;
    torture.ledger = argv[3];
    torture.folder = argv[4];
    torture.is_gated = argc > 5 && strcmp(argv[5], "gated") == 0;
    torture.is_forkless = argc > 5 && strcmp(argv[5], "forkless") == 0;
    limit_descriptors();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    gate_start();
    flood_start();
    start_signals();
    for (unsigned i = 0; i < SEATS; i++) {
        seats[i].number = i;
        seats[i].random = (strtoull(argv[2], NULL, 10) * SEATS + i + 1) * UINT64_C(0x9E3779B97F4A7C15);
        seats[i].flood = calloc(FLOOD / SEATS, sizeof(void *));
        start(&seats[i]);
    }
    bool is_filled = watch_over(strtod(argv[1], NULL));
    torture.is_over = true;
    for (unsigned i = 0; i < SEATS; i++)
        pthread_join(seats[i].thread, NULL);
    end_signals();
    for (unsigned i = 0; i < SEATS; i++) {
        flood_end(&seats[i]);
        while (seats[i].easies.count > 0)
            close_thing(stash_take(&seats[i], &seats[i].easies));
        while (seats[i].sockets.count > 0)
            close_thing(stash_take(&seats[i], &seats[i].sockets));
    }
    while (mail_receive(&thing))
        close_thing(thing);
    ledger_write(torture.ledger);
    puts(is_filled ? "a million sessions were open at once" : "never a million sessions");
    return 0;
}
