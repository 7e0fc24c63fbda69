// Proves that the peer of a connected socket is shown, for IPv4 and for IPv6.
// EXPECT: peer 127\.0\.0\.1:[0-9]+
// EXPECT: peer \[::1\]:[0-9]+
// EXPECT: in by_four .*peer_shown\.c
// EXPECT: in by_six .*peer_shown\.c
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 2 places
#include "net.h"

__attribute__((noinline)) static int by_four(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int by_six(void)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    return fd;
}
int main(void)
{
    struct sockaddr_in address;
    struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT, .sin6_port = htons(9)};
    int listener = net_listen(&address);
    net_connect(by_four(), &address);
    net_must(connect(by_six(), (struct sockaddr *)&six, sizeof six) == 0, "connect");
    return close(listener);
}
