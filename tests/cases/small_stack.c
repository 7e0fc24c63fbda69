// Proves that a thread with the smallest stack may open and close sockets, and leak one.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in small .*small_stack\.c|small_stack
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void *small(void *unused)
{
    close(socket(AF_INET, SOCK_STREAM, 0));
    socket(AF_INET, SOCK_STREAM, 0);
    return unused;
}
int main(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    printf("%d ", pthread_attr_setstacksize(&attributes, 16384));
    printf("%d\n", pthread_create(&thread, &attributes, small, NULL));
    return pthread_join(thread, NULL);
}
