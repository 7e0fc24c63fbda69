// Proves that what a thread closes, or opens, after it has taken a table of descriptors of its own is not the
// program's, however it took it.
// LIBS: -pthread
// CFLAGS: -O0
// EXPECT: ^3 sockets?( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 3 sessions leaked at 1 place
// REJECT: in of_thread
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((noinline)) static int leak(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static void of_thread(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    printf("%d\n", dup2(fd, 200));
}
static void *apart(void *how)
{
    switch (*(int *)how) {
    case 0:
        printf("%d\n", unshare(CLONE_FILES));
        break;
    case 1:
        printf("%ld\n", syscall(SYS_unshare, CLONE_FILES));
        break;
    case 2:
        printf("%d\n", close_range(3, ~0U, CLOSE_RANGE_UNSHARE));
        break;
    case 3:
        printf("%ld\n", syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE));
        break;
    default:
        printf("%d\n", close_range(3, ~0U, CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC));
        break;
    }
    for (int fd = 3; fd < 10; fd++)
        close(fd);
    close_range(3, ~0U, 0);
    close(2);
    of_thread();
    return NULL;
}
int main(void)
{
    int fds[3], gone = socket(AF_INET, SOCK_STREAM, 0), good = 0;
    for (int i = 0; i < 3; i++)
        fds[i] = leak();
    for (int how = 0; how < 5; how++) {
        pthread_t thread;
        pthread_create(&thread, NULL, apart, &how);
        pthread_join(thread, NULL);
    }
    for (int i = 0; i < 3; i++)
        good += fcntl(fds[i], F_GETFD) >= 0;
    printf("%d\n", good);
    return close(gone);
}
