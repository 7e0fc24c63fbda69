// KIND: socket
OPEN
{
    int fd = tcp();
    int copy = dup(fd);
    close(fd);
    return copy;
}
CLOSE { close((int)handle); }
