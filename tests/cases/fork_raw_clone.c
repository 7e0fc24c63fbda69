// Proves that a child made by a raw clone, by clone3 or by clone() closes what it inherited without a trace in
// its parent, and reports what it opened itself.
// EXPECT: in of_parent .*fork_raw_clone\.c
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 4
// CHECK: test "$(grep -c 'in of_child' "$REPORT")" = 3
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int inherited;
__attribute__((noinline)) static int of_parent(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int of_child(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static int child(void *unused)
{
    (void)unused;
    close(inherited);
    _exit(of_child() < 0);
}
int main(void)
{
    static char stack[65536];
    struct clone_args wanted = {.exit_signal = SIGCHLD};
    int status, good = 0;
    inherited = of_parent();
    if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0)
        child(NULL);
    if (syscall(SYS_clone3, &wanted, sizeof wanted) == 0)
        child(NULL);
    clone(child, stack + sizeof stack, SIGCHLD, NULL);
    while (wait(&status) > 0)
        good += status == 0;
    printf("%d\n", good);
    return 0;
}
