// Proves that an IPv6 socket which becomes one of IPv4 is still the one that leaked, connected or accepted.
// CFLAGS: -O0
// EXPECT: in connected .*addrform\.c
// EXPECT: in accepted .*addrform\.c
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 2 places
#include "net.h"
#include "raw.h"
#include <stdint.h>

__attribute__((noinline)) static int connected(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int accepted(int listener)
{
    int fd = accept(listener, NULL, NULL);
    return fd;
}
int main(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    socklen_t length = sizeof address;
    int old = AF_INET, listener = socket(AF_INET6, SOCK_STREAM, 0);
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &address.sin6_addr);
    net_must(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 4) == 0, "listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    int client = connected();
    /* Not seen, so that nothing but its sort is known. */
    net_must(raw_call(SYS_connect, client, (intptr_t)&address, length) == 0, "connect");
    int server = accepted(listener);
    printf("%d\n", setsockopt(client, IPPROTO_IPV6, IPV6_ADDRFORM, &old, sizeof old));
    printf("%d\n", setsockopt(server, IPPROTO_IPV6, IPV6_ADDRFORM, &old, sizeof old));
    return close(listener);
}
