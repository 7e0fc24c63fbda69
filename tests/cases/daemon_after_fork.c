// Proves that what a process opened when its child was already there is its own leak, also if the child was sent a
// copy, or made one at the same moment by the same stack.
// RUN: for what in sent twin twin twin twin twin twin twin twin twin; do text=$(WATCH @PROG@ $what); echo "$text"; done
// LIBS: -lcurl
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt
// REPORT: report.txt
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place\.' "$REPORT")" = 10
// CHECK: test "$(grep -c 'in of_parent' "$REPORT")" = 1
// CHECK: test "$(grep -c 'in of_each' "$REPORT")" = 9
#include "leaves.h"
#include <curl/curl.h>

static char room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
static char byte;
static struct iovec part = {&byte, 1};
static struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room};

static int send_copy(int to, int fd)
{
    message.msg_controllen = CMSG_LEN(sizeof fd);
    struct cmsghdr *first = CMSG_FIRSTHDR(&message);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(first), &fd, sizeof fd);
    return sendmsg(to, &message, 0) == 1;
}

__attribute__((noinline)) static int of_parent(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static CURL *of_each(void)
{
    CURL *easy = curl_easy_init();
    return easy;
}
int main(int count, char **words)
{
    int is_twin = strcmp(words[count - 1], "twin") == 0, pair[2], is_ready[2];
    CURL *shared = curl_easy_init();
    if (!shared || pipe(is_ready) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 98;
    pid_t child = fork_daemon();
    CURL *easy = is_twin ? of_each() : NULL;
    if (child != 0) {
        int sent = is_twin || send_copy(pair[0], of_parent());
        close(is_ready[1]);
        close(pair[0]);
        close(pair[1]);
        printf("%d %zd", sent, read(is_ready[0], &byte, 1));
        curl_easy_cleanup(shared);
        return 0;
    }
    message.msg_controllen = sizeof room;
    if (!is_twin && recvmsg(pair[1], &message, 0) != 1)
        return 97;
    close(pair[0]);
    close(pair[1]);
    close(is_ready[1]);
    outlive_parent();
    int copy = -1;
    if (!is_twin)
        memcpy(&copy, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof copy);
    close(copy);
    curl_easy_cleanup(shared);
    curl_easy_cleanup(easy);
    _exit(0);
}
