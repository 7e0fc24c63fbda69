// Proves that optimised code without frame pointers and with alloca gives whole stacks.
// CFLAGS: -O2 -fomit-frame-pointer -fno-inline
// EXPECT: in leak_here .*no_frame_pointers\.c
// EXPECT: in with_alloca .*no_frame_pointers\.c
// EXPECT: in main .*no_frame_pointers\.c
#include <alloca.h>
#include <string.h>
#include <sys/socket.h>

static int leak_here(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd + 1;
}
static int with_alloca(size_t size)
{
    char *space = alloca(size);
    memset(space, 1, size);
    return leak_here() + space[size - 1];
}
int main(int argc, char **argv)
{
    (void)argv;
    return with_alloca((size_t)argc * 100) < 0;
}
