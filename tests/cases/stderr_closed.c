// Proves that a client that was accepted as descriptor 2 never receives our report.
// CHECK: test ! -s ../stderr
#include "net.h"
#include <stdlib.h>
#include <sys/wait.h>

int main(void)
{
    struct sockaddr_in address;
    char text[4096];
    ssize_t got, total = 0;
    int listener = net_listen(&address), status;
    if (fork() == 0) {
        close(2);
        int client = accept(listener, NULL, NULL);
        socket(AF_INET, SOCK_STREAM, 0);
        exit(client == 2 && send(2, "hello\n", 6, 0) == 6 ? 0 : 1);
    }
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    net_connect(fd, &address);
    while ((got = recv(fd, text + total, sizeof text - (size_t)total, 0)) > 0)
        total += got;
    wait(&status);
    printf("%zd bytes, %d: %.*s", total, status, (int)total, text);
    return close(fd) || close(listener);
}
