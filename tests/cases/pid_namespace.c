// Proves that processes which all have the number 1, each in a name space of its own, have reports of their
// own: a child is not taken for its parent.
// CFLAGS: -rdynamic
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 2
// CHECK: test "$(grep -c '^==1==WARNING' "$REPORT")" = 2
// CHECK: test "$(grep -c 'in outer' "$REPORT")" = 1 && test "$(grep -c 'in inner' "$REPORT")" = 1
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) int outer(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) int inner(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static void new_name_space(void)
{
    /* Only the administrator may; of a name space of one's own everybody is. */
    if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) {
        perror("unshare");
        exit(1);
    }
}
static int wait_all(void)
{
    int status, worst = 0;
    while (wait(&status) > 0)
        worst |= status;
    return worst != 0;
}
int main(void)
{
    new_name_space();
    if (fork() == 0) {
        int fd = outer();
        new_name_space();
        if (fork() == 0)
            exit(close(fd) || inner() < 0 || getpid() != 1);
        exit(wait_all() || getpid() != 1);
    }
    return wait_all();
}
