/* Ends with threads that outlive main(), which go on with all that threads do, and use
 * what was left open.
 *
 *   torture_ends SEED
 *
 * The status is SEED % 100; 3 + SEED % 5 sessions and as many sockets are left by leak().
 * What the threads open themselves may be open at the end, or not. Where SEED is a multiple
 * of 4 they also make children. */
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8U
#define LEAKS 8U

extern char **environ;

struct worker {
    uint64_t random;
    pthread_t thread;
};
static struct worker workers[THREADS + 1]; /* the last is main() */
static CURL *sessions[LEAKS];              /* each is used by whoever takes it out for a while */
static _Atomic(CURL *) shared[LEAKS];
static int sockets[LEAKS][2];
static unsigned n_leaks;
static int status;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static FILE *stream;
static char *volatile object; /* freed by the last destructor */

static unsigned pick(struct worker *worker, unsigned end)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return (unsigned)(worker->random >> 33) % end;
}

static void wait_us(unsigned us)
{
    struct timespec time = {.tv_nsec = (long)us * 1000};
    nanosleep(&time, NULL);
}

/* Nobody listens there: it takes the whole way through the library. */
static void set_up(CURL *session)
{
    curl_easy_setopt(session, CURLOPT_URL, "http://127.0.0.1:1/");
    curl_easy_setopt(session, CURLOPT_NOSIGNAL, 1L);
}

/* ---- what threads do ---- */

static void allocate(struct worker *worker)
{
    void *volatile blocks[16];
    for (unsigned i = 0; i < 16; i++)
        blocks[i] = malloc(1 + pick(worker, 5000));
    for (unsigned i = 0; i < 16; i++)
        free(blocks[i]);
}

static void use_session(struct worker *worker)
{
    CURL *session = curl_easy_init();
    set_up(session);
    if (pick(worker, 2))
        curl_easy_perform(session);
    curl_easy_cleanup(session);
}

/* One that main() has opened, and that nobody closes. */
static void use_shared(struct worker *worker)
{
    unsigned at = pick(worker, n_leaks);
    CURL *session = atomic_exchange(&shared[at], NULL);
    if (!session)
        return;
    set_up(session);
    curl_easy_perform(session);
    atomic_store(&shared[at], session);
}

static void use_socket(struct worker *worker)
{
    char byte = 'x';
    int *pair = sockets[pick(worker, n_leaks)];
    if (write(pair[0], &byte, 1) == 1 && read(pair[1], &byte, 1) < 0)
        abort();
}

static void open_sockets(struct worker *worker)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return;
    if (pick(worker, 2))
        wait_us(pick(worker, 200));
    close(pair[0]);
    close(pair[1]);
}

static void print(struct worker *worker)
{
    fprintf(stream, "%u\n", pick(worker, 1000));
    if (pick(worker, 8) == 0)
        fflush(stream);
}

static void hold_lock(struct worker *worker)
{
    pthread_mutex_lock(&lock);
    wait_us(pick(worker, 100));
    if (pick(worker, 2))
        pthread_cond_broadcast(&change);
    pthread_mutex_unlock(&lock);
}

static void wait_for_change(struct worker *worker)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)pick(worker, 1000000);
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&lock);
    pthread_cond_timedwait(&change, &lock, &until);
    pthread_mutex_unlock(&lock);
}

static void *short_life(void *context)
{
    open_sockets(context);
    return NULL;
}

static void start_thread(struct worker *worker)
{
    struct worker other = {.random = worker->random};
    pthread_t thread;
    if (pthread_create(&thread, NULL, short_life, &other) == 0)
        pthread_join(thread, NULL);
}

static bool has_children;

static void fork_child(struct worker *worker)
{
    if (!has_children)
        return;
    unsigned us = pick(worker, 200);
    pid_t child = fork();
    if (child == 0) {
        wait_us(us);
        _exit(0);
    }
    if (child > 0)
        waitpid(child, NULL, 0);
}

static void spawn_child(struct worker *worker)
{
    char *arguments[] = {"true", NULL};
    pid_t child;
    (void)worker;
    if (!has_children)
        return;
    if (posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environ) == 0)
        waitpid(child, NULL, 0);
}

static void load_library(struct worker *worker)
{
    (void)worker;
    void *library = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library)
        dlclose(library);
}

static void block_signals(struct worker *worker)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    raise(SIGUSR1);
    wait_us(pick(worker, 300));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void compute(struct worker *worker)
{
    for (unsigned i = 0; i < 20000; i++)
        pick(worker, 2);
}

static void sleep_in_poll(struct worker *worker)
{
    struct pollfd descriptor = {.fd = sockets[0][1], .events = POLLPRI};
    poll(&descriptor, 1, (int)pick(worker, 4));
}

static void on_signal(int number)
{
    int error = errno;
    int pair[2];
    (void)number;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0) {
        close(pair[0]);
        close(pair[1]);
    }
    errno = error;
}

static void *work(void *context)
{
    static void (*const all[])(struct worker *) = {allocate,      use_session, use_shared,   use_socket,
                                                   open_sockets,  print,       hold_lock,    wait_for_change,
                                                   start_thread,  fork_child,  spawn_child,  load_library,
                                                   block_signals, compute,     sleep_in_poll};
    for (;;)
        all[pick(context, sizeof all / sizeof all[0])](context);
    return NULL;
}

/* ---- the end ---- */

/* Who runs on for so long after it finds another status than the program's. */
#define TOO_LONG_NS INT64_C(300000000)
static _Atomic int64_t destroyed_ns;

static int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void *look_at_object(void *unused)
{
    (void)unused;
    for (;;) {
        int64_t since = atomic_load(&destroyed_ns);
        if (since && now_ns() - since > TOO_LONG_NS)
            _exit(101);
        wait_us(1000);
    }
    return NULL;
}

__attribute__((destructor(101))) static void destroy(void)
{
    free(object);
    atomic_store(&destroyed_ns, now_ns());
}

__attribute__((noinline)) static void leak(unsigned at)
{
    sessions[at] = curl_easy_init();
    set_up(sessions[at]);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets[at]) != 0)
        abort();
    atomic_store(&shared[at], sessions[at]);
}

static void *end_elsewhere(void *how)
{
    if (*(unsigned *)how % 2)
        exit(status);
    _exit(status);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    struct worker *self = &workers[THREADS];
    pthread_t thread;
    static unsigned how;
    has_children = seed % 4 == 0;
    status = (int)(seed % 100);
    n_leaks = 3 + (unsigned)(seed % 5);
    signal(SIGUSR1, on_signal);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    stream = fopen("/dev/null", "we");
    object = malloc(100);
    for (unsigned i = 0; i < n_leaks; i++)
        leak(i);
    for (unsigned i = 0; i <= THREADS; i++)
        workers[i].random = (seed * (THREADS + 1) + i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    for (unsigned i = 0; i < THREADS; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            abort();
    if (pthread_create(&thread, NULL, look_at_object, NULL) != 0)
        abort();
    puts("ends");
    fflush(stdout);
    wait_us(pick(self, 8000));
    how = pick(self, 8);
    switch (how) {
    case 0:
    case 1:
        if (pthread_create(&thread, NULL, end_elsewhere, &how) == 0)
            pthread_join(thread, NULL);
        abort();
    case 2:
        if (pthread_create(&thread, NULL, end_elsewhere, &how) == 0)
            pthread_exit(NULL);
        abort();
    case 3:
        _exit(status);
    case 4:
        quick_exit(status);
    case 5:
        exit(status);
    default:
        return status;
    }
}
