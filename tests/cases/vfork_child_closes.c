// Proves that what a vforked child closes before it executes another program stays the parent's.
// CFLAGS: -O0
// EXPECT: ^2 sockets?( \([a-z ]+\))? never closed
// EXPECT: in of_parent .*vfork_child_closes\.c
// CHECK: test "$(grep -c '^SUMMARY: sessguard' "$REPORT")" = 1
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int of_parent(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    int fds[2], status;
    for (int i = 0; i < 2; i++)
        fds[i] = of_parent();
    int gone = socket(AF_INET, SOCK_STREAM, 0);
    if (vfork() == 0) {
        close(fds[0]);
        close_range((unsigned)fds[1], ~0U, 0);
        execl("/bin/true", "true", (char *)NULL);
        _exit(127);
    }
    int waited = wait(&status) > 0;
    printf("%d %d\n", waited, status);
    return close(gone); /* after vfork the parent's own closes count again */
}
