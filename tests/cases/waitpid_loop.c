// Proves that a thread that waits for any child while the report is written never sees the helper.
// EXPECT: SUMMARY: sessguard: 1 session leaked
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int ready[2];
static void *reap(void *unused)
{
    (void)!write(ready[1], "x", 1);
    for (;;)
        if (waitpid(-1, NULL, 0) > 0)
            (void)!write(1, "a stranger\n", 11);
        else if (errno != ECHILD)
            return unused;
}
int main(void)
{
    pthread_t thread;
    char byte;
    if (pipe(ready) || socket(AF_INET, SOCK_STREAM, 0) < 0)
        return 1;
    pthread_create(&thread, NULL, reap, NULL);
    return read(ready[0], &byte, 1) != 1;
}
