// Proves that what a vforked child opens, copies and closes for the program that it becomes is none of its
// parent's, whose own sockets have these numbers.
// CFLAGS: -O0
// EXPECT: in of_parent .*vfork_child_opens\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
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
    int status, fd = of_parent();
    if (vfork() == 0) {
        close(2);
        socket(AF_INET, SOCK_STREAM, 0); /* 2, and no longer stderr: in the child only */
        socket(AF_INET, SOCK_STREAM, 0);
        dup2(fd, 50);
        close(fd);
        execl("/bin/true", "true", (char *)NULL);
        _exit(127);
    }
    printf("%d", wait(&status) > 0);
    printf(" %d\n", status);
    return 0;
}
