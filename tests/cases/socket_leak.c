// Proves that a socket that nobody closes is a leak.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed, opened here:
// EXPECT: #0 0x[0-9a-f]+ in leak_here .*socket_leak\.c:[0-9]+
// EXPECT: close with close
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <stdio.h>
#include <sys/socket.h>

__attribute__((noinline)) static int leak_here(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    printf("%d\n", leak_here());
    return 0;
}
