// Proves that a file that comes in through SCM_RIGHTS is nobody's session, and a plain recvmsg harms nothing.
// CLEAN
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int via[2], sent = open("/dev/null", O_RDONLY);
    char space[CMSG_SPACE(sizeof(int))], byte = 'x';
    struct iovec vector = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, via))
        return 1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &sent, sizeof sent);
    printf("%zd\n", sendmsg(via[0], &message, 0));
    printf("%zd\n", recvmsg(via[1], &message, 0));
    return close(via[0]) || close(via[1]);
}
