// Proves that accept without a client keeps its errno and opens nothing.
// CLEAN
#include "net.h"
#include <errno.h>
#include <fcntl.h>

int main(void)
{
    struct sockaddr_in address;
    int listener = net_listen(&address);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    int plain = accept(listener, NULL, NULL), first = errno;
    int four = accept4(listener, NULL, NULL, 0);
    printf("%d %d %d %d\n", plain, first == EAGAIN, four, errno == EAGAIN);
    return close(listener);
}
