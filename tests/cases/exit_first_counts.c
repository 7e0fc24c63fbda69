// Proves that the thread which ends the process first decides its status, whatever ends it, although the report takes
// time in which another thread returns from main or calls _exit.
// RUN: exec 3>&2 2>/dev/null; for mode in warn auto-close; do for way in exit _exit quick abort assert; do for other in return _exit; do WATCH SESSGUARD_MODE=$mode @PROG@ $other $way 2>&3; echo "$mode $way $other $?"; done; done; done
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 20
#undef NDEBUG
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ready[2];

static void *end(void *word)
{
    const char *way = word;
    (void)!write(ready[1], "x", 1);
    if (strcmp(way, "exit") == 0)
        exit(3);
    if (strcmp(way, "_exit") == 0)
        _exit(3);
    if (strcmp(way, "quick") == 0)
        quick_exit(3);
    assert(strcmp(way, "assert") != 0);
    abort();
}

int main(int count, char **words)
{
    pthread_t thread;
    char byte;
    if (socket(AF_INET, SOCK_STREAM, 0) < 0 || pipe(ready) ||
        pthread_create(&thread, NULL, end, words[count - 1]) || read(ready[0], &byte, 1) != 1)
        return 98;
    poll(NULL, 0, 15);
    if (strcmp(words[1], "_exit") == 0)
        _exit(0);
    return 0;
}
