// Proves that max_leaks=1 prints the largest place only, while the summary counts all.
// CFLAGS: -O0
// ENV: SESSGUARD_OPTIONS=max_leaks=1
// EXPECT: ^2 sockets?( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 3 sessions leaked at 2 places
// REJECT: ^1 socket
#include <sys/socket.h>

int main(void)
{
    for (int i = 0; i < 2; i++)
        socket(AF_INET, SOCK_STREAM, 0);
    socket(AF_INET, SOCK_STREAM, 0);
    return 0;
}
