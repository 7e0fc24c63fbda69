// Proves that a connection that the peer has closed is shown as CLOSE_WAIT, and which peer it was.
// EXPECT: CLOSE_WAIT
// EXPECT: peer 127\.0\.0\.1:[0-9]+
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include "net.h"

int main(void)
{
    struct sockaddr_in address;
    char byte;
    int listener = net_listen(&address), client = socket(AF_INET, SOCK_STREAM, 0);
    net_connect(client, &address);
    int server = accept(listener, NULL, NULL);
    close(server);
    close(listener);
    return recv(client, &byte, 1, 0) != 0; /* the end of the stream is here: the state has changed */
}
