// Proves that a service of datagrams, whose descriptors 0, 1 and 2 are a socket that it connects to its client, sends the answer alone.
// ENV: SESSGUARD_OPTIONS=nonsense=1:output=@DIR@/report.txt
// REPORT: report.txt
// EXPECT: ^SUMMARY: sessguard: 1 session leaked
#include "client.h"

static void over_datagrams(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    char text[4096] = "";
    int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(server, (struct sockaddr *)&address, length) ||
        getsockname(server, (struct sockaddr *)&address, &length) ||
        connect(client, (struct sockaddr *)&address, length) || send(client, "question", 8, 0) != 8)
        exit(1);
    serve(server, "datagram", "warn", 1);
    close(server);
    printf("datagram %zd: %s\n", recv(client, text, sizeof text - 1, 0), text);
    while (wait(NULL) > 0)
        ;
    printf("more: %d\n", recv(client, text, sizeof text - 1, MSG_DONTWAIT) > 0);
    close(client);
}
int main(int count, char **words)
{
    (void)words;
    if (count > 1) {
        struct sockaddr_in client;
        socklen_t length = sizeof client;
        char text[64];
        ssize_t got = recvfrom(0, text, sizeof text, 0, (struct sockaddr *)&client, &length);
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        return connect(0, (struct sockaddr *)&client, length) != 0 || send(0, text, (size_t)got, 0) != got ||
               fd < 0;
    }
    over_datagrams();
    return client_end();
}
