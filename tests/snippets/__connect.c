// KIND: socket
OPEN
{
    struct sockaddr_in address;
    int listener = net_listen(&address);
    int fd = tcp();
    net_must(__connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    close(listener);
    return fd;
}
CLOSE { close((int)handle); }
