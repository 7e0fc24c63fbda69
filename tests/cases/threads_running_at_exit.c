// Proves that threads that open and close while main ends give no false leak of what they close, no
// crash and no hang: at most the sockets that are open at that moment are reported.
// EXIT: 2
// EXPECT: in kept .*threads_running_at_exit\.c
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static int ready[2];
static void *churn(void *unused)
{
    (void)!write(ready[1], "x", 1);
    for (;;)
        close(socket(AF_UNIX, SOCK_STREAM, 0));
    return unused;
}
__attribute__((noinline)) static int kept(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    pthread_t thread;
    char byte;
    kept();
    if (pipe(ready))
        return 1;
    for (int i = 0; i < 3; i++)
        pthread_create(&thread, NULL, churn, NULL);
    for (int i = 0; i < 3; i++)
        (void)!read(ready[0], &byte, 1);
    return 2;
}
