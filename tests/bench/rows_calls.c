/* Opening and closing without a server: sockets, and handles of libcurl's. */
#include "bench.h"
#include "paths.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void set_up_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        fail("curl_global_init");
}

static void socket_close(unsigned operations)
{
    for (unsigned i = 0; i < operations; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0)
            fail("socket");
        close(fd);
    }
}

static void curl_easy(unsigned operations)
{
    for (unsigned i = 0; i < operations; i++)
        curl_easy_cleanup(curl_easy_init());
}

static void curl_multi(unsigned operations)
{
    for (unsigned i = 0; i < operations; i++)
        curl_multi_cleanup(curl_multi_init());
}

static void curl_share(unsigned operations)
{
    for (unsigned i = 0; i < operations; i++)
        curl_share_cleanup(curl_share_init());
}

/* ---- a descriptor that is no socket, and comes by unseen ---- */

static int null_file;

static void set_up_null(void)
{
    /* A record of a socket, so that the library has something to look in. */
    if (socket(AF_UNIX, SOCK_STREAM, 0) < 0)
        fail("socket");
    null_file = open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void close_untracked(unsigned operations)
{
    for (unsigned i = 0; i < operations; i++)
        close((int)syscall(SYS_dup, null_file));
}

/* ---- the first call in a thread ---- */

static void *first_calls(void *result)
{
    double start = now();
    int first = socket(AF_UNIX, SOCK_STREAM, 0);
    double middle = now();
    int second = socket(AF_UNIX, SOCK_STREAM, 0);
    double end = now();
    close(first);
    close(second);
    *(double *)result = (middle - start) - (end - middle);
    return NULL;
}

static double first_in_thread(void)
{
    pthread_t thread;
    double result = 0;
    if (pthread_create(&thread, NULL, first_calls, &result) != 0)
        fail("no thread");
    pthread_join(thread, NULL);
    return result;
}

/* ---- many paths ---- */

static void open_one(void *unused)
{
    (void)unused;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        fail("socket");
    close(fd);
}

#define FRAMES 14U

static void count(void *frames) { *(unsigned *)frames = count_frames(); }

static void paths_1000(unsigned operations)
{
    static unsigned path;
    static unsigned more;
    static bool is_known;
    if (!is_known) {
        unsigned frames;
        call_by_path(0, 3, 0, count, &frames);
        if (frames > FRAMES)
            fail("the stack is too deep before it begins");
        more = FRAMES - frames;
        is_known = true;
    }
    for (unsigned i = 0; i < operations; i++, path = (path + 1) % 1000)
        call_by_path(path, 3, more, open_one, NULL);
}

const struct row rows_of_calls[] = {
    {.name = "socket_close_16", .run = socket_close, .frames = 16, .threads = 1},
    {.name = "socket_close_16_two_threads", .run = socket_close, .frames = 16, .threads = 2},
    {.name = "socket_close_64", .run = socket_close, .frames = 64, .threads = 1},
    {.name = "socket_close_64_two_threads", .run = socket_close, .frames = 64, .threads = 2},
    {.name = "curl_easy", .set_up = set_up_curl, .run = curl_easy, .frames = 16, .threads = 1},
    {.name = "curl_multi", .set_up = set_up_curl, .run = curl_multi, .frames = 16, .threads = 1},
    {.name = "curl_share", .set_up = set_up_curl, .run = curl_share, .frames = 16, .threads = 1},
    {.name = "close_untracked", .set_up = set_up_null, .run = close_untracked, .frames = 16, .threads = 1},
    {.name = "first_in_thread", .sample = first_in_thread, .threads = 1},
    {.name = "paths_1000", .run = paths_1000, .frames = 0, .threads = 1},
    {0},
};
