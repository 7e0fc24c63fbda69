// Proves that a vforked child leaves its parent's records alone though signals arrive at every moment.
// EXPECT: ^40 socket
// EXPECT: 40 open of 40 opened here
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_t main_thread;
static volatile int stop, signals;

static void on_signal(int number)
{
    (void)number;
    signals++;
    close(9999); /* a call that the library sees */
}

static void *pester(void *unused)
{
    while (!stop)
        pthread_kill(main_thread, SIGUSR1);
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
    for (int i = 0; i < 2000 || signals < 2000; i++) {
        int volatile fd = fds[i % 40];
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
