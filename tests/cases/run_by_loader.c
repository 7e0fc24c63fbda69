// Proves that a program which is started by naming the loader first has its own name and functions in the
// report, not the loader's.
// RUN: loader=$(readelf -lW @PROG@ | sed -n 's/.*interpreter: \(.*\)\]/\1/p'); cd ..; WATCH "$loader" "../$(basename @PROG@)"; cd /; WATCH "$loader" @PROG@
// CHECK: test "$(grep -c 'in leak_here .*run_by_loader\.c' "$REPORT")" = 2
// CHECK: test "$(grep -c 'WARNING: sessguard: .*run_by_loader$' "$REPORT")" = 2
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
