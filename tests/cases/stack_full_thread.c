// Proves that a thread with the smallest stack and a 4 KB buffer on it may open, close and even end the process.
// ENV: SESSGUARD_OPTIONS=frames=256
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// EXIT: 3
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static __attribute__((noinline)) int deep(int depth)
{
    volatile int here = depth;
    return depth ? deep(depth - 1) + here : socket(AF_INET, SOCK_STREAM, 0);
}

static void *small(void *unused)
{
    volatile char buffer[4096];
    int pair[2];
    for (size_t i = 0; i < sizeof buffer; i++)
        buffer[i] = (char)i;
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    close(dup(pair[0]));
    close(pair[0]);
    close(pair[1]);
    exit(3 + (deep(10) & 0) + buffer[0]);
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, 16384) != 0 ||
        pthread_create(&thread, &attributes, small, NULL) != 0)
        return 1;
    return pthread_join(thread, NULL);
}
