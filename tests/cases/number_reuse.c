// Proves that a number that is closed and opened again has the stack of its last opening.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in second .*number_reuse\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: in first
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
    close(fd);
    printf("%d\n", second() == fd);
    return 0;
}
