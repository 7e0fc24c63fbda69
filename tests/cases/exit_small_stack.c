// Proves that a thread with the smallest stack, and a handler on a small alternate one, may end the process,
// in each mode, with the helper and without.
// RUN: for mode in warn auto-close; do for options in frames=32 helper=/none helper=/none:format=json:output=report.json; do for way in thread handler; do WATCH SESSGUARD_MODE=$mode SESSGUARD_OPTIONS=$options @PROG@ $way; echo "$?"; done; done; done
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 2 sessions leaked at 2 places' "$REPORT")" = 12
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void leave(int number) { exit(socket(AF_INET, SOCK_STREAM, 0) < 0 ? number : 3); }
static void *work(void *unused)
{
    leave(1);
    return unused;
}
int main(int count, char **words)
{
    pthread_t thread;
    pthread_attr_t small;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (strcmp(words[count - 1], "thread") == 0) {
        pthread_attr_init(&small);
        if (pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN) ||
            pthread_create(&thread, &small, work, NULL))
            return 98;
        pthread_join(thread, NULL);
    } else {
        stack_t stack = {.ss_sp = malloc(8192), .ss_size = 8192};
        struct sigaction action = {.sa_handler = leave, .sa_flags = SA_ONSTACK};
        sigaltstack(&stack, NULL);
        sigaction(SIGUSR1, &action, NULL);
        raise(SIGUSR1);
    }
    return fd;
}
