// Proves that split stacks, of which a program has many small pieces, are followed or left in peace.
// CFLAGS: -fsplit-stack -fuse-ld=gold
// EXPECT: in deep .*stack_split\.c|stack_split
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 1 place
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static __attribute__((noinline)) int deep(int depth)
{
    volatile char buffer[3000] = {0};
    if (depth == 0)
        close(socket(AF_INET, SOCK_STREAM, 0));
    int fd = depth ? deep(depth - 1) : socket(AF_INET, SOCK_STREAM, 0);
    return fd + buffer[0];
}
static void *run(void *unused)
{
    printf("%d\n", deep(100) > 0);
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 16384);
    for (int i = 0; i < 2; i++) {
        pthread_create(&thread, &attributes, run, NULL);
        pthread_join(thread, NULL);
    }
    return 0;
}
