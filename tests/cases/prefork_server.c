// Proves that in a server whose children accept on one socket each child reports the connection that it left
// open, nobody the listening socket or a sister's, and that a child which closes has no report.
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 3
// CHECK: test "$(grep -c 'in serve' "$REPORT")" = 3
// REJECT: in net_listen
#include "net.h"
#include <sys/wait.h>

__attribute__((noinline)) static int serve(int listener)
{
    int fd = accept(listener, NULL, NULL);
    return fd;
}
int main(void)
{
    struct sockaddr_in address;
    int listener = net_listen(&address), clients[4], good = 0, status;
    char byte;
    for (int i = 0; i < 4; i++) {
        if (fork() == 0) {
            int fd = serve(listener);
            if (send(fd, i ? "l" : "c", 1, 0) != 1 || recv(fd, &byte, 1, 0) != 0)
                exit(1);
            exit(i == 0 && close(fd) != 0);
        }
    }
    for (int i = 0; i < 4; i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM, 0);
        net_connect(clients[i], &address);
        good += recv(clients[i], &byte, 1, 0) == 1; /* a child of its own for each */
    }
    for (int i = 0; i < 4; i++)
        good += close(clients[i]) == 0;
    while (wait(&status) > 0)
        good += status == 0;
    printf("%d\n", good);
    return close(listener);
}
