// KIND: socket
OPEN
{
    int fd = tcp();
    int copy = fcntl64(fd, F_DUPFD_CLOEXEC, 15);
    close(fd);
    return copy;
}
CLOSE { close((int)handle); }
