// KIND: socket
OPEN
{
    int fd = tcp();
    int copy = __fcntl(fd, F_DUPFD, 15);
    close(fd);
    return copy;
}
CLOSE { close((int)handle); }
