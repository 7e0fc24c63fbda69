// Proves the same for accept4, and that its flags do their work.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in take_client .*accept4_leak\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include "net.h"
#include <fcntl.h>

__attribute__((noinline)) static int take_client(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return fd;
}
int main(void)
{
    struct sockaddr_in address;
    int listener = net_listen(&address), client = socket(AF_INET, SOCK_STREAM, 0);
    net_connect(client, &address);
    int taken = take_client(listener);
    printf("%d %d\n", fcntl(taken, F_GETFD), !!(fcntl(taken, F_GETFL) & O_NONBLOCK));
    close(listener);
    close(client);
    return 0;
}
