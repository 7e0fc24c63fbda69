// Proves that descriptors that come in through recvmmsg count, all of them.
// EXPECT: ^2 sockets?( \([a-z ]+\))? never closed
// EXPECT: in receive .*recvmmsg_leak\.c
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 1 place
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char space[2][CMSG_SPACE(sizeof(int))], byte[2];
static struct iovec vector[2] = {{&byte[0], 1}, {&byte[1], 1}};
static struct mmsghdr messages[2];

__attribute__((noinline)) static int receive(int via)
{
    int count = recvmmsg(via, messages, 2, 0, NULL);
    return count;
}
int main(void)
{
    int via[2], sent = socket(AF_INET, SOCK_STREAM, 0);
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, via))
        return 1;
    for (int i = 0; i < 2; i++) {
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vector[i],
                                              .msg_iovlen = 1,
                                              .msg_control = space[i],
                                              .msg_controllen = sizeof space[i]};
        struct cmsghdr *header = CMSG_FIRSTHDR(&messages[i].msg_hdr);
        *header = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(header), &sent, sizeof sent);
        sendmsg(via[0], &messages[i].msg_hdr, 0);
    }
    printf("%d\n", receive(via[1]));
    return close(sent) || close(via[0]) || close(via[1]);
}
