// Proves that a report is whole, and its exit code kept, when a second thread ends the process meanwhile.
// CFLAGS: -rdynamic
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
    _exit(0);
    return unused;
}
/* Called while the report is made. */
const char *__sessguard_default_suppressions(void)
{
    is_ending = true;
    return NULL;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, end, NULL);
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
