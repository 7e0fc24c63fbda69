// KIND: socket
OPEN
{
    int listener = pending_connection();
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    close(listener);
    return fd;
}
CLOSE { close((int)handle); }
