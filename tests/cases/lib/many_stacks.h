/* Opens sockets on as many different stacks as a caller likes, and leaves no memory for them. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEPTH = 36 };

static int open_at(unsigned path, unsigned depth);

__attribute__((noinline)) static int left(unsigned path, unsigned depth) { return open_at(path, depth) + 1; }
__attribute__((noinline)) static int right(unsigned path, unsigned depth) { return open_at(path, depth) + 1; }

/* Of the innermost frames each second one says one bit of the number. */
__attribute__((noinline)) static int open_at(unsigned path, unsigned depth)
{
    if (depth == 0)
        return socket(AF_UNIX, SOCK_STREAM, 0) - DEPTH;
    return path & 1 << depth % 16 ? left(path, depth - 1) : right(path, depth - 1);
}

/* Nothing can be mapped any more, so that the tables stay as small as they begin. */
__attribute__((unused)) static void limit_memory(struct rlimit *before)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lu", &pages) != 1 || getrlimit(RLIMIT_AS, before) != 0)
        return;
    struct rlimit limit = {pages * (unsigned long)sysconf(_SC_PAGESIZE), before->rlim_max};
    fclose(file);
    setrlimit(RLIMIT_AS, &limit);
}
