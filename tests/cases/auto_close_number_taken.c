// Proves that auto-close gives no number to another file while a thread still writes to it: what it sends to main's
// connection never gets into a file that a third thread opens.
// MODE: auto-close
// EXPECT: auto-closed 2
// CHECK: ! grep -q secret data
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

static int connection[2];
static atomic_int started;

static void *send_on(void *unused)
{
    started++;
    for (;;)
        (void)!send(connection[0], "secret", 6, MSG_NOSIGNAL | MSG_DONTWAIT);
    return unused;
}

static void *send_by_write(void *unused)
{
    started++;
    for (;;)
        (void)!write(connection[0], "secret", 6);
    return unused;
}

static void *save(void *unused)
{
    started++;
    for (;;)
        close(open("data", O_CREAT | O_APPEND | O_WRONLY, 0600));
    return unused;
}

int main(void)
{
    pthread_t thread;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, connection) || fcntl(connection[0], F_SETFL, O_NONBLOCK))
        return 98;
    pthread_create(&thread, NULL, send_on, NULL);
    pthread_create(&thread, NULL, send_by_write, NULL);
    pthread_create(&thread, NULL, save, NULL);
    while (started < 3) {
    }
    return 0;
}
