// Proves that the report of quick_exit waits for the handlers of at_quick_exit, whatever thread calls it.
// EXIT: 3
// CLEAN
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd;
static void close_it(void) { (void)!write(1, close(fd) ? "failed\n" : "closed\n", 7); }
static void *leave(void *unused)
{
    quick_exit(3);
    return unused;
}
int main(void)
{
    pthread_t thread;
    at_quick_exit(close_it);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    pthread_create(&thread, NULL, leave, NULL);
    return pthread_join(thread, NULL);
}
