// Proves that a library which stands between us and libc, and goes on by libc's second names, is not sent in circles.
// WITH: calls_alias.c
// CLEAN
#include "net.h"

int main(void)
{
    struct sockaddr_in address;
    int listener = net_listen(&address), fd = socket(AF_INET, SOCK_STREAM, 0);
    net_connect(fd, &address);
    printf("%d\n", close(fd));
    return close(listener);
}
