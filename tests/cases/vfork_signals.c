// Proves that a vforked child leaves its parent's records alone though signals arrive at every moment.
// EXPECT: ^40 socket
// EXPECT: 40 open of 40 opened here
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_t main_thread;
static atomic_int signals; /* that the thread may still get */
static atomic_bool stop;

static void on_signal(int number)
{
    (void)number;
    close(9999); /* a call that the library sees */
}

/* One signal for each vfork, a little earlier or later each time. */
static void *pester(void *unused)
{
    for (unsigned turn = 0; !stop; turn++) {
        while (signals == 0 && !stop)
            ;
        for (volatile unsigned i = turn * 7 % 400; i > 0; i--)
            ;
        signals = 0;
        pthread_kill(main_thread, SIGUSR1);
    }
    return unused;
}

__attribute__((noinline)) static int open_one(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }

int main(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    pthread_t thread;
    int fds[40];
    main_thread = pthread_self();
    sigaction(SIGUSR1, &action, NULL);
    for (int i = 0; i < 40; i++)
        fds[i] = open_one();
    pthread_create(&thread, NULL, pester, NULL);
    for (int i = 0; i < 10000; i++) {
        int volatile fd = fds[i % 40];
        signals = 1;
        pid_t child = vfork();
        if (child == 0) {
            close(fd);
            _exit(0);
        }
        if (child < 0 || waitpid(child, NULL, 0) != child)
            return 1;
    }
    stop = 1;
    pthread_join(thread, NULL);
    return 0;
}
