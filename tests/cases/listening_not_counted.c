// Proves that a listening socket that is open at the end makes no report: servers end that way.
// CLEAN
#include "net.h"

int main(void)
{
    struct sockaddr_in address;
    return net_listen(&address) < 0;
}
