// Proves that a stream that is left open leaves its socket open.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in main .*fdopen_leak\.c
#include <stdio.h>
#include <sys/socket.h>

int main(void)
{
    FILE *stream = fdopen(socket(AF_UNIX, SOCK_STREAM, 0), "r+");
    puts(stream ? "open" : "failed");
    return 0;
}
