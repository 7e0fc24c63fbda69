// Proves that a socket that takes the number of one closed unseen has its own stack.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in second .*unseen_close_new_socket\.c
// REJECT: in first
#include "raw.h"
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int first(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int second(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    int fd = first();
    raw_close(fd);
    printf("%d\n", second() == fd);
    return 0;
}
