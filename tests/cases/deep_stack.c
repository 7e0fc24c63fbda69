// Proves that a stack deeper than the option frames is cut and still told apart by its inner part.
// EXPECT: ^2 sockets?( \([a-z ]+\))? never closed
// EXPECT: #31 0x[0-9a-f]+ in deep .*deep_stack\.c
// REJECT: #32 0x
#include <sys/socket.h>

__attribute__((noinline)) static int deep(int left)
{
    int fd = left ? deep(left - 1) : socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    int sum = 0;
    for (int i = 0; i < 2; i++)
        sum += deep(200);
    return sum < 0;
}
