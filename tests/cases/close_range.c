// Proves that close_range closes what is in its range and leaves the rest.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in first .*close_range\.c
// REJECT: in others
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int first(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int others(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    int fd = first();
    for (int i = 0; i < 20; i++)
        others();
    printf("%d\n", close_range((unsigned)fd + 1, ~0U, 0));
    return 0;
}
