// Proves that frames=3 keeps three frames of a deep stack.
// ENV: SESSGUARD_OPTIONS=frames=3
// EXPECT: #2 0x[0-9a-f]+ in deep .*option_frames\.c
// REJECT: #3 0x
#include <sys/socket.h>

__attribute__((noinline)) static int deep(int left)
{
    int fd = left ? deep(left - 1) : socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void) { return deep(10) < 0; }
