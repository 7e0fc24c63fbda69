// Proves that exitcode leaves a program alone that leaks nothing, or only listens.
// ENV: SESSGUARD_OPTIONS=exitcode=23
// CLEAN
#include "net.h"

int main(void)
{
    struct sockaddr_in address;
    return net_listen(&address) < 0;
}
