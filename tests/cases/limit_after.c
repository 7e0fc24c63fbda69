// Proves that a limit which a program sets itself holds for what it maps, and for nothing of ours.
// EXPECT: ^3 sockets( \([a-z ]+\))? never closed
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

static __attribute__((noinline)) void leak_and_map(void)
{
    socket(AF_INET, SOCK_STREAM, 0);
    void *memory = mmap(NULL, 40 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    puts(memory == MAP_FAILED ? "no memory" : "mapped");
    munmap(memory, 40 << 20);
}

int main(void)
{
    struct rlimit limit = {48 << 20, RLIM_INFINITY};
    for (int i = 0; i < 3; i++) {
        if (i > 0)
            printf("%d\n", setrlimit(i == 1 ? RLIMIT_AS : RLIMIT_DATA, &limit));
        leak_and_map();
    }
    limit.rlim_cur = RLIM_INFINITY; /* for the command that writes the report */
    return setrlimit(RLIMIT_AS, &limit) + setrlimit(RLIMIT_DATA, &limit);
}
