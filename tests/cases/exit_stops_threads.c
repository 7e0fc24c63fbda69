// Proves that no other thread runs while the report is made, in any mode and whatever ends the process: one
// that waits for the last destructor, and then for a moment, has no time left to print.
// CFLAGS: -D_GNU_SOURCE
// RUN: exec 3>&2 2>/dev/null; for mode in warn silence auto-close; do for way in return exit _exit quick abort assert exec; do WATCH SESSGUARD_MODE=$mode @PROG@ $way 2>&3; echo "$mode $way $?"; done; done
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 14
#undef NDEBUG
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ended[2], ready[2];

__attribute__((destructor)) static void tell(void) { (void)!write(ended[1], "x", 1); }

static void *follow(void *unused)
{
    char byte;
    (void)!write(ready[1], "x", 1);
    (void)!read(ended[0], &byte, 1);
    poll(NULL, 0, 15);
    (void)!write(STDOUT_FILENO, "still here\n", 11);
    return unused;
}

int main(int count, char **words)
{
    pthread_t thread;
    const char *way = words[count - 1];
    char byte;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (pipe(ended) || pipe(ready) || pthread_create(&thread, NULL, follow, NULL) ||
        read(ready[0], &byte, 1) != 1)
        return 98;
    if (strcmp(way, "return") == 0)
        return 3;
    if (strcmp(way, "exit") == 0)
        exit(3);
    tell();
    if (strcmp(way, "_exit") == 0)
        _exit(3);
    if (strcmp(way, "quick") == 0)
        quick_exit(3);
    if (strcmp(way, "abort") == 0)
        abort();
    if (strcmp(way, "exec") == 0)
        execlp("true", "true", NULL);
    assert(fd < 0);
    return 97;
}
