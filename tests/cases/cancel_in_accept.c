// Proves that cancelling a thread inside a watched call works: its clean-up handlers run, nothing is lost.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in kept .*cancel_in_accept\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include "net.h"
#include <pthread.h>

static int listener;
static void done(void *unused)
{
    (void)unused;
    close(listener);
    (void)!write(1, "cleaned up\n", 11);
}
static void *wait_for_client(void *unused)
{
    pthread_cleanup_push(done, NULL);
    accept(listener, NULL, NULL);
    pthread_cleanup_pop(1);
    return unused;
}
__attribute__((noinline)) static int kept(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    struct sockaddr_in address;
    pthread_t thread;
    void *result;
    listener = net_listen(&address);
    pthread_create(&thread, NULL, wait_for_client, NULL);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("%d\n", result == PTHREAD_CANCELED);
    return kept() < 0;
}
