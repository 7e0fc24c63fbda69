/* The program of the rows that need a process for each measurement. It says
 * with one number what it found; the library is there or not:
 *
 *   child first                nanoseconds of the first call of socket()
 *   child descriptors          bytes for each open socket
 *   child stacks               bytes for each of 10,000 stacks of 16 frames
 *   child handles COUNT        bytes for each open handle
 *   child beside COUNT         opening and closing one more, nanoseconds
 *   child inserts COUNT FILE   the longest of so many openings, nanoseconds
 *   child leak COUNT           opens them by 10,000 paths, says what time it is,
 *                              and ends
 *   child end COUNT            how long one of so many other threads runs after the
 *                              last destructor, nanoseconds
 *
 * Its libcurl is the fake one of the torture: a million real handles would need
 * 10 GB, and libcurl's own time would hide ours. */
#include "paths.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HANDLES_MAX 1000000U
#define PATHS 10000U
#define LEVELS 4
#define FRAMES 16U

void *curl_easy_init(void);
void curl_easy_cleanup(void *handle);

static void *handles[HANDLES_MAX];
static unsigned n_handles;
static unsigned count; /* how many are wanted */
static const char *file;

static void fail(const char *what)
{
    (void)fprintf(stderr, "child: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Bytes of this process that are in memory. That of /proc/self/status is not
 * exact, as each processor counts for itself for a while. */
static double memory(void)
{
    static char text[4096];
    int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    const char *line = length < 0 ? NULL : strstr(text, "\nRss:");
    close(fd);
    if (!line)
        fail("no /proc/self/smaps_rollup");
    return strtod(line + strlen("\nRss:"), NULL) * 1024;
}

static void open_handle(void *unused)
{
    (void)unused;
    if (!(handles[n_handles++] = curl_easy_init()))
        fail("no handle");
}

static void close_handles(void)
{
    while (n_handles > 0)
        curl_easy_cleanup(handles[--n_handles]);
}

static double first(void)
{
    double start = now();
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    double end = now();
    close(fd);
    return end - start;
}

/* The first ones are there when the measurement begins. */
static double descriptors(void)
{
    struct rlimit limit = {.rlim_cur = 200000, .rlim_max = 200000};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 10000)
        fail("fewer than 10,000 descriptors are allowed");
    unsigned sockets = (unsigned)limit.rlim_cur - 500;
    (void)memory();
    double before = 0;
    for (unsigned i = 0; i < sockets + 400; i++) {
        if (i == 400)
            before = memory();
        if (socket(AF_UNIX, SOCK_STREAM, 0) < 0)
            fail("no socket");
    }
    return (memory() - before) / sockets;
}

static double open_handles(void)
{
    memset(handles, 1, sizeof handles); /* in memory from now on */
    open_handle(NULL);
    double before = memory();
    while (n_handles < count)
        open_handle(NULL);
    return (memory() - before) / count;
}

static double beside(void)
{
    const unsigned pairs = 100000;
    while (n_handles < count)
        open_handle(NULL);
    double start = now();
    for (unsigned i = 0; i < pairs; i++)
        curl_easy_cleanup(curl_easy_init());
    return (now() - start) / pairs;
}

static void see_frames(void *frames) { *(unsigned *)frames = count_frames(); }

/* The handle is the same for all of them: only stacks are new. */
static void open_and_close(void *unused)
{
    open_handle(unused);
    close_handles();
}

static double stacks(void)
{
    unsigned frames = 0;
    call_by_path(0, LEVELS, 0, see_frames, &frames);
    unsigned more = FRAMES - frames;
    if (frames > FRAMES)
        fail("the stack is too deep before it begins");
    for (unsigned path = 0; path < 10; path++)
        call_by_path(path, 1, 0, open_and_close, NULL);
    double before = memory();
    for (unsigned path = 0; path < PATHS; path++)
        call_by_path(path, LEVELS, more, open_and_close, NULL);
    return (memory() - before) / PATHS;
}

/* What happens on the machine meanwhile is longer than any of them. It does not
 * happen at the same one each time, and what the library does, does: so the
 * file keeps the least that each took in all runs. */
static double inserts(void)
{
    char path[4096];
    size_t size = count * sizeof(uint32_t);
    (void)snprintf(path, sizeof path, "%s.%s", file, getenv("LD_PRELOAD") ? "on" : "off");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool is_new = fd >= 0 && lseek(fd, 0, SEEK_END) == 0;
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
        fail(path);
    uint32_t *least = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (least == MAP_FAILED)
        fail(path);
    if (is_new)
        memset(least, 0xff, size);
    memset(handles, 1, sizeof handles);
    uint32_t longest = 0;
    while (n_handles < count) {
        uint32_t *mine = &least[n_handles];
        double start = now();
        open_handle(NULL);
        double time = now() - start;
        if (time < *mine)
            *mine = (uint32_t)time;
        if (*mine > longest)
            longest = *mine;
    }
    return longest;
}

static double leak(void)
{
    for (unsigned path = 0; path < PATHS; path++)
        for (unsigned i = 0; i < count / PATHS; i++)
            call_by_path(path, LEVELS, 1, open_handle, NULL);
    return now();
}

/* What a process leaves of its last moments, for its parent. */
struct moments {
    double destructor;        /* when its last destructor ran */
    _Atomic(double) is_alive; /* when another thread of its ran last */
};
static struct moments *moments;

__attribute__((destructor)) static void note_destructor(void)
{
    if (moments)
        moments->destructor = now();
}

static void *live_on(void *is_busy)
{
    for (;;)
        if (is_busy)
            moments->is_alive = now();
        else
            pause();
    return NULL;
}

/* In a child, which leaks a socket: how long a thread still runs after the last destructor. */
static double end(void)
{
    int status;
    moments = mmap(NULL, sizeof *moments, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (moments == MAP_FAILED)
        fail("no memory");
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        for (unsigned i = 0; i < count; i++)
            if (pthread_create(&thread, NULL, live_on, i == 0 ? moments : NULL) != 0)
                fail("no threads");
        while (moments->is_alive == 0) {
        }
        exit(socket(AF_INET, SOCK_STREAM, 0) < 0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
        fail("the child failed");
    double time = moments->is_alive - moments->destructor;
    moments = NULL;
    return time > 1 ? time : 1; /* it may have had no processor any more */
}

static const struct {
    const char *name;
    double (*measure)(void);
} whats[] = {{"first", first},   {"descriptors", descriptors}, {"stacks", stacks}, {"handles", open_handles},
             {"beside", beside}, {"inserts", inserts},         {"leak", leak},     {"end", end}};

int main(int argc, char **argv)
{
    unsigned what = 0;
    const unsigned end = sizeof whats / sizeof whats[0];
    while (argc > 1 && what < end && strcmp(whats[what].name, argv[1]) != 0)
        what++;
    if (argc < 2 || what == end)
        return 2;
    count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    file = argc > 3 ? argv[3] : "";
    if (count > HANDLES_MAX)
        return 2;
    (void)printf("%.2f\n", whats[what].measure());
    (void)fflush(stdout);
    if (close(STDOUT_FILENO) != 0)
        return 1;
    /* What is left open is of interest in one row only: no report sees this end. */
    if (whats[what].measure != leak)
        syscall(SYS_exit_group, 0);
    return 0;
}
