// Proves that a stripped program with a .gnu_debuglink is shown with function and line.
// POST: objcopy --only-keep-debug @PROG@ @PROG@.debug; strip @PROG@; objcopy --add-gnu-debuglink=@PROG@.debug @PROG@
// EXPECT: #0 0x[0-9a-f]+ in leak_here .*debuglink\.c:[0-9]+
#include <sys/socket.h>

__attribute__((noinline)) static int leak_here(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void) { return leak_here() < 0; }
