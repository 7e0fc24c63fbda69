// Proves that a stripped program without any names is shown by module and offset.
// POST: strip @PROG@
// EXPECT: \(stripped has no names: build it with -g
// EXPECT: #0 0x[0-9a-f]+ .*stripped\+0x[0-9a-f]+
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <sys/socket.h>

__attribute__((noinline)) static int leak_here(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void) { return leak_here() < 0; }
