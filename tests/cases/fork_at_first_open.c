// Proves that a fork which comes while another thread opens the very first socket leaves a child that can open
// and close, as often as it may come.
// CLEAN
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void *open_first(void *unused)
{
    close(socket(AF_UNIX, SOCK_STREAM, 0));
    return unused;
}

static int ends_well(pid_t child)
{
    int status;
    return waitpid(child, &status, 0) == child && status == 0;
}

/* The parent of this process has opened nothing, so all begins here. */
static int fork_meanwhile(unsigned delay)
{
    pthread_t thread;
    pthread_create(&thread, NULL, open_first, NULL);
    for (volatile unsigned i = 0; i < delay; i++) {
    }
    pid_t child = fork();
    if (child == 0) {
        int pair[2] = {-1, -1};
        int failed = socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
        _exit(failed || close(pair[0]) || close(pair[1]));
    }
    pthread_join(thread, NULL);
    return ends_well(child);
}

int main(void)
{
    int good = 0;
    for (unsigned i = 0; i < 1500; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(!fork_meanwhile(i * 100));
        good += ends_well(child);
    }
    printf("%d\n", good);
    return 0;
}
