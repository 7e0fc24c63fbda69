// Proves that a child that merely keeps what it inherited reports nothing, however it was made.
// EXPECT: in of_parent .*fork_child_inherits\.c
// CHECK: test "$(grep -c '^SUMMARY: sessguard' "$REPORT")" = 1
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int of_parent(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    of_parent();
    if (fork() == 0)
        exit(0);
    if (_Fork() == 0)
        _exit(0);
    if (syscall(SYS_fork) == 0)
        _exit(0);
    while (wait(NULL) > 0)
        ;
    return 0;
}
