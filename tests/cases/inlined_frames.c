// Proves that a function that was inlined is named, above the one that it was inlined into.
// CFLAGS: -O2
// EXPECT: #0 0x[0-9a-f]+ in inlined_one .*inlined_frames\.c:11
// EXPECT: #1 0x[0-9a-f]+ in outer .*inlined_frames\.c:16
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <stdio.h>
#include <sys/socket.h>

static inline __attribute__((always_inline)) int inlined_one(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int outer(void)
{
    int fd = inlined_one() + 1;
    return fd;
}
int main(void)
{
    printf("%d\n", outer());
    return 0;
}
