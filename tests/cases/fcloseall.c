// Proves that fcloseall closes the sockets that streams stand on, and no others.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in without_stream .*fcloseall\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
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
