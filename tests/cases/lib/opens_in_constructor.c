/* A library whose constructor starts a thread that opens a socket, and waits
 * for it: the loader's lock is held all that time. */
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static int opened = -1;
static void *work(void *unused)
{
    close(socket(AF_INET, SOCK_STREAM, 0));
    opened = socket(AF_INET, SOCK_STREAM, 0);
    return unused;
}
__attribute__((constructor)) static void begin(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
}
__attribute__((destructor)) static void end(void) { close(opened); }
