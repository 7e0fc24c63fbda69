// Proves that handlers of pthread_atfork may open and close: each process has what it opened itself.
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 2
// CHECK: test "$(grep -c 'in before' "$REPORT")" = 1
// CHECK: test "$(grep -c 'in in_child' "$REPORT")" = 1
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int of_parent, of_child;
__attribute__((noinline)) static void before(void) { of_parent = socket(AF_INET, SOCK_STREAM, 0); }
__attribute__((noinline)) static void in_parent(void) { close(socket(AF_INET, SOCK_STREAM, 0)); }
__attribute__((noinline)) static void in_child(void)
{
    close(of_parent);
    of_child = socket(AF_INET, SOCK_STREAM, 0);
}
int main(void)
{
    int status;
    pthread_atfork(before, in_parent, in_child);
    if (fork() == 0)
        exit(of_child != of_parent);
    printf("%d", wait(&status) > 0);
    printf(" %d\n", status);
    return 0;
}
