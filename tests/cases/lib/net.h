/* The few lines of TCP that many cases need. */
#ifndef CASE_NET_H
#define CASE_NET_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void net_must(int good, const char *what)
{
    if (!good) {
        perror(what);
        exit(99);
    }
}

/* A socket that listens on a free port of the loopback; the caller closes it. */
static inline int net_listen(struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    net_must(fd >= 0 && bind(fd, (struct sockaddr *)address, length) == 0 && listen(fd, 16) == 0, "listen");
    net_must(getsockname(fd, (struct sockaddr *)address, &length) == 0, "getsockname");
    return fd;
}

static inline void net_connect(int fd, const struct sockaddr_in *address)
{
    net_must(connect(fd, (const struct sockaddr *)address, sizeof *address) == 0, "connect");
}

#endif
