// Proves that an accepted connection, or one that another process sent, which was closed unseen is not taken for the
// socket that takes its number unseen.
// CLEAN
#include "net.h"
#include "raw.h"

static int reused(int fd, int domain, int type)
{
    raw_close(fd);
    return (int)raw_call(SYS_socket, domain, type, 0) == fd;
}
static int received(int from)
{
    char byte, room[CMSG_SPACE(sizeof(int))];
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    return recvmsg(from, &message, 0) == 1 ? *(int *)CMSG_DATA(CMSG_FIRSTHDR(&message)) : -1;
}
static void send_to(int to, int fd)
{
    char room[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec data = {"x", 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    *CMSG_FIRSTHDR(&message) = (struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
    *(int *)CMSG_DATA(CMSG_FIRSTHDR(&message)) = fd;
    sendmsg(to, &message, 0);
}
int main(void)
{
    struct sockaddr_in address;
    int pair[2], listener = net_listen(&address), client = socket(AF_INET, SOCK_STREAM, 0);
    net_connect(client, &address);
    int first = accept(listener, NULL, NULL), copy = dup(client);
    printf("%d\n", reused(first, AF_UNIX, SOCK_DGRAM));
    printf("%d\n", reused(copy, AF_INET, SOCK_STREAM));
    close(client);
    client = socket(AF_INET, SOCK_STREAM, 0);
    net_connect(client, &address);
    printf("%d\n", reused(accept4(listener, NULL, NULL, SOCK_CLOEXEC), AF_INET, SOCK_DGRAM));
    printf("%d\n", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    send_to(pair[0], client);
    printf("%d\n", reused(received(pair[1]), AF_INET, SOCK_STREAM));
    close(pair[0]);
    close(pair[1]);
    close(client);
    return close(listener);
}
