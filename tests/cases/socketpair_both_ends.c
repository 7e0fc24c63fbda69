// Proves that both ends of a pair count.
// EXPECT: ^2 sockets?( \([a-z ]+\))? never closed
// EXPECT: 2 open of 2 opened here
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 1 place
#include <sys/socket.h>

int main(void)
{
    int pair[2];
    return socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
}
