// Proves that the table of the first thread is the program's, also where that one takes a table of its own; and that
// a thread has the table of the one that started it.
// LIBS: -pthread
// CFLAGS: -O0
// EXPECT: in before .*unshare_in_main\.c
// EXPECT: in after .*unshare_in_main\.c
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 2 places
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_barrier_t both;
__attribute__((noinline)) static int before(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int after(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static void *closes_all(void *unused)
{
    for (int fd = 3; fd < 20; fd++)
        close(fd);
    socket(AF_INET, SOCK_STREAM, 0);
    return unused;
}
static void *old_table(void *unused)
{
    pthread_t other;
    pthread_barrier_wait(&both);
    pthread_barrier_wait(&both);
    closes_all(NULL);
    pthread_create(&other, NULL, closes_all, NULL);
    pthread_join(other, NULL);
    return unused;
}
static void *own_table(void *unused)
{
    pthread_t other;
    printf("%d\n", unshare(CLONE_FILES));
    pthread_create(&other, NULL, closes_all, NULL);
    pthread_join(other, NULL);
    return unused;
}
static void *same_table(void *fd)
{
    close(*(int *)fd);
    return NULL;
}
static void run(void *(*body)(void *), void *context)
{
    pthread_t thread;
    pthread_create(&thread, NULL, body, context);
    pthread_join(thread, NULL);
}
int main(void)
{
    pthread_t thread;
    int gone = before(), kept = before();
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, old_table, NULL);
    run(own_table, NULL);
    pthread_barrier_wait(&both);
    printf("%d\n", unshare(CLONE_FILES));
    pthread_barrier_wait(&both);
    pthread_join(thread, NULL);
    run(same_table, &gone);
    return kept < 0 || after() < 0;
}
