// Proves that threads that open and close in turn, sharing all numbers, lose no record and invent none.
// EXPECT: ^4 sockets?( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 4 sessions leaked at 1 place
// EXPECT: 4 open of 4 opened here
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int keep(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd;
}
static void *churn(void *unused)
{
    for (int i = 0; i < 5000; i++) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0)
            close(pair[0]), close(pair[1]);
        close(socket(AF_UNIX, SOCK_STREAM, 0));
    }
    keep();
    return unused;
}
int main(void)
{
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, churn, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
