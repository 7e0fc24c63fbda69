// KIND: socket
OPEN
{
    int fd = tcp();
    int copy = __dup2(fd, 17);
    close(fd);
    return copy;
}
CLOSE { close((int)handle); }
