// Proves that dup2 of a descriptor to itself keeps its record and its stack.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in open_it .*dup2_to_itself_leak\.c
// REJECT: in copy_it
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int open_it(void) { return -1 - ~socket(AF_INET, SOCK_STREAM, 0); }
__attribute__((noinline)) static int copy_it(int fd) { return -1 - ~dup2(fd, fd); }

int main(void)
{
    int fd = open_it();
    printf("%d\n", copy_it(fd) == fd);
    return 0;
}
