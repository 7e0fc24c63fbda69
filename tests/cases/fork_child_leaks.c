// Proves that a forked child reports its own leak and not its parent's, and the parent the reverse.
// EXPECT: in of_parent .*fork_child_leaks\.c
// EXPECT: in of_child .*fork_child_leaks\.c
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 2
// CHECK: test "$(grep -c 'in of_parent' "$REPORT")" = 1
// CHECK: test "$(grep -c 'in of_child' "$REPORT")" = 1
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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
int main(void)
{
    int status;
    of_parent();
    if (fork() == 0) {
        of_child();
        exit(0);
    }
    return wait(&status) < 0 || status != 0;
}
