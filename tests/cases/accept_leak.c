// Proves that an accepted connection that is never closed is reported with its peer, and that a closed
// listening socket is not.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in take_client .*accept_leak\.c
// EXPECT: peer 127\.0\.0\.1:[0-9]+
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include "net.h"

__attribute__((noinline)) static int take_client(int listener)
{
    int fd = accept(listener, NULL, NULL);
    return fd;
}
int main(void)
{
    struct sockaddr_in address;
    int listener = net_listen(&address), client = socket(AF_INET, SOCK_STREAM, 0);
    net_connect(client, &address);
    int taken = take_client(listener);
    close(listener);
    close(client);
    return taken < 0;
}
