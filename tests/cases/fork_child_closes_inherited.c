// Proves that a forked child that closes what it inherited changes nothing in its parent's registry.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in of_parent .*fork_child_closes_inherited\.c
// CHECK: test "$(grep -c '^SUMMARY: sessguard' "$REPORT")" = 1
#include <stdlib.h>
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
    if (fork() == 0) {
        close(fd);
        closefrom(3);
        exit(0);
    }
    return wait(&status) < 0 || status != 0;
}
