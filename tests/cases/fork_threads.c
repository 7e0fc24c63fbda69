// Proves that forking while other threads open and close neither hangs the children nor spoils the counts.
// CLEAN
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int stop;
static void *churn(void *unused)
{
    while (!stop)
        close(socket(AF_UNIX, SOCK_STREAM, 0));
    return unused;
}
int main(void)
{
    pthread_t thread[2];
    int good = 0, status;
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, churn, NULL);
    for (int i = 0; i < 1000; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(close(socket(AF_UNIX, SOCK_STREAM, 0)));
        good += waitpid(child, &status, 0) == child && status == 0;
    }
    stop = 1;
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    printf("%d\n", good);
    return 0;
}
