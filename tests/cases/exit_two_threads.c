// Proves that a report is whole, and its exit code kept, when a second thread ends the process meanwhile.
// ENV: SESSGUARD_OPTIONS=exitcode=23
// EXIT_WATCHED: 23
// EXPECT: SUMMARY: sessguard: 1 session leaked
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_bool is_ending;
static void *end(void *unused)
{
    while (!is_ending) {
    }
    usleep(500); /* the report takes longer */
    _exit(0);
    return unused;
}
static void tell(void) { is_ending = true; }
int main(void)
{
    pthread_t thread;
    atexit(tell);
    pthread_create(&thread, NULL, end, NULL);
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
