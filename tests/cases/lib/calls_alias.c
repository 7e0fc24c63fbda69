/* A library with close() and connect() that reaches libc's by their second names. */
#include <stdio.h>
#include <sys/socket.h>

int __close(int fd);
int __connect(int fd, const struct sockaddr *address, socklen_t length);
int close(int fd);
int close(int fd)
{
    puts("close");
    return __close(fd);
}
int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    puts("connect");
    return __connect(fd, address, length);
}
