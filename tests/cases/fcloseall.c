// Proves that fcloseall, which in glibc flushes streams but closes no descriptor, is not taken for a close.
// EXPECT: in without_stream .*fcloseall\.c
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 2 places
#include <stdio.h>
#include <sys/socket.h>

__attribute__((noinline)) static int without_stream(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    FILE *stream = fdopen(socket(AF_INET, SOCK_STREAM, 0), "r+");
    int fd = without_stream();
    return fcloseall() != 0 || stream == NULL || fd < 0;
}
