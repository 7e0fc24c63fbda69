// KIND: socket
OPEN
{
    int fd = tcp();
    int copy = dup3(fd, 17, O_CLOEXEC);
    close(fd);
    return copy;
}
CLOSE { close((int)handle); }
