// Proves that the only thread of a program goes on to be watched where it asks for a table of descriptors of its own:
// also where there was another thread before; a child of a thread that is apart begins anew.
// LIBS: -pthread
// EXPECT: in leak .*unshare_alone\.c
// EXPECT: in of_child .*unshare_alone\.c
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 2
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int leak(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int of_child(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static void *apart(void *status)
{
    unshare(CLONE_FILES);
    if (fork() == 0)
        _exit(of_child() < 0);
    wait(status);
    return NULL;
}
int main(void)
{
    int status = -1;
    pthread_t thread;
    for (int i = 0; i < 5; i++)
        socket(AF_INET, SOCK_STREAM, 0);
    printf("%d\n", unshare(CLONE_FILES));
    printf("%d\n", close_range(3, 4, CLOSE_RANGE_UNSHARE));
    pthread_create(&thread, NULL, apart, &status);
    pthread_join(thread, NULL);
    printf("%d %d\n", status, unshare(CLONE_FILES));
    printf("%d\n", close_range(3, ~0U, CLOSE_RANGE_UNSHARE));
    return leak() < 0;
}
