// Proves that other threads are stopped at the end where there is no /proc to list them: a signal to the process finds
// one after the other. Without the right to hide /proc this is what exit_stops_threads proves.
// EXIT: 3
// EXPECT: ^SUMMARY: sessguard: 1 session leaked at 1 place
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

static int ended[2], ready[2];

__attribute__((destructor)) static void tell(void) { (void)!write(ended[1], "xxx", 3); }

static void *follow(void *unused)
{
    char byte;
    (void)!write(ready[1], "x", 1);
    (void)!read(ended[0], &byte, 1);
    poll(NULL, 0, 15);
    (void)!write(STDOUT_FILENO, "still here\n", 11);
    return unused;
}

int main(void)
{
    pthread_t thread;
    char byte;
    if ((unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0) ||
        mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("none", "/proc", "tmpfs", 0, NULL) != 0)
        (void)!write(STDERR_FILENO, "/proc stays\n", 12);
    if (pipe(ended) || pipe(ready) || socket(AF_INET, SOCK_STREAM, 0) < 0)
        return 98;
    for (int i = 0; i < 3; i++)
        if (pthread_create(&thread, NULL, follow, NULL) || read(ready[0], &byte, 1) != 1)
            return 97;
    return 3;
}
