// Proves that a socket that came in through SCM_RIGHTS (recvmsg) is the receiver's leak.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in receive .*recvmsg_leak\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char space[CMSG_SPACE(sizeof(int))];
static char byte = 'x';
static struct iovec vector = {&byte, 1};
static struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};

__attribute__((noinline)) static int receive(int via)
{
    int fd = -1;
    if (recvmsg(via, &message, 0) != 1)
        return -1;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}
int main(void)
{
    int via[2], sent = socket(AF_INET, SOCK_STREAM, 0);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, via))
        return 1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &sent, sizeof sent);
    printf("%zd\n", sendmsg(via[0], &message, 0));
    printf("%d\n", fcntl(receive(via[1]), F_GETFD));
    return close(sent) || close(via[0]) || close(via[1]);
}
