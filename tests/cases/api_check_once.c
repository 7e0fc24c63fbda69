// Proves that __sessguard_do_leak_check reports at once, and that the end then reports nothing again.
// CFLAGS: -I@SRC@/../../shim
// CHECK: test "$(grep -c '^SUMMARY: sessguard' "$REPORT")" = 1
// EXPECT: in early .*api_check_once\.c
// REJECT: in late
#include "sessguard.h"
#include <sys/socket.h>

__attribute__((noinline)) static int early(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int late(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    early();
    if (__sessguard_do_leak_check)
        __sessguard_do_leak_check();
    return late() < 0;
}
