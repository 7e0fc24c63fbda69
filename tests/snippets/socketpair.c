// KIND: socket
OPEN
{
    int pair[2];
    net_must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    close(pair[0]);
    return pair[1];
}
CLOSE { close((int)handle); }
