// KIND: socket
OPEN
{
    int fd = tcp(), self = (int)syscall(SYS_pidfd_open, getpid(), 0), copy = pidfd_getfd(self, fd, 0);
    net_must(copy >= 0, "pidfd_getfd");
    close(self);
    close(fd);
    return copy;
}
CLOSE { close((int)handle); }
