// Proves that a program that ends before main, in a constructor, or again in a destructor, has one report and
// its status.
// EXIT: 4
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in begin .*exit_constructor\.c
// CHECK: test "$(grep -c '^SUMMARY: sessguard' "$REPORT")" = 1
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

__attribute__((destructor)) static void end(void)
{
    printf("destructor, not flushed");
    exit(4);
}
__attribute__((constructor)) static void begin(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    exit(fd < 0 ? 1 : 5);
}
int main(void) { return 0; }
