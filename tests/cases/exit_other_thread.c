// Proves that exit called by another thread while main waits gives one report and the status.
// EXIT: 4
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// CHECK: test "$(grep -c '^SUMMARY: sessguard' "$REPORT")" = 1
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

static void *leave(void *unused)
{
    socket(AF_INET, SOCK_STREAM, 0);
    exit(4);
    return unused;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, leave, NULL);
    pthread_join(thread, NULL);
    return 0;
}
