// KIND: socket
OPEN
{
    int fd = tcp();
    int copy = fcntl(fd, F_DUPFD, 15);
    close(fd);
    return copy;
}
CLOSE { close((int)handle); }
