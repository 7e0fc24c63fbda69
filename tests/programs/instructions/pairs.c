/* Opens and closes, so many times, from so many frames deep.
 *
 *   pairs KIND DEPTH COUNT */
#include <curl/curl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef void pair(void);

__attribute__((noinline)) static void socket_pair(void) { close(socket(AF_UNIX, SOCK_STREAM, 0)); }
__attribute__((noinline)) static void easy_pair(void) { curl_easy_cleanup(curl_easy_init()); }
__attribute__((noinline)) static void multi_pair(void) { curl_multi_cleanup(curl_multi_init()); }
__attribute__((noinline)) static void share_pair(void) { curl_share_cleanup(curl_share_init()); }
/* Opened behind the library's back, so that its close is of no interest. */
__attribute__((noinline)) static void file_pair(void)
{
    close((int)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY));
}

/* Main and what is above it are four frames. */
__attribute__((noinline)) static long go_down(int depth, pair *pair, long count)
{
    if (depth > 5)
        return go_down(depth - 1, pair, count) + 1;
    for (long i = 0; i < count; i++)
        pair();
    return 0;
}

/* Four paths in turn. */
__attribute__((noinline)) static long take_turns(int depth, pair *pair, long count)
{
    long sum = 0;
    for (long i = 0; i < count; i++)
        sum += go_down(depth - 1 - (int)(i % 4), pair, 1);
    return sum;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        pair *pair;
    } kinds[] = {{"socket", socket_pair}, {"turn", socket_pair}, {"file", file_pair},
                 {"easy", easy_pair},     {"multi", multi_pair}, {"share", share_pair}};
    if (argc != 4)
        return 2;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(argv[1], kinds[i].name) == 0)
            return (strcmp(argv[1], "turn") == 0 ? take_turns : go_down)(atoi(argv[2]), kinds[i].pair,
                                                                         atol(argv[3])) < 0;
    return 2;
}
