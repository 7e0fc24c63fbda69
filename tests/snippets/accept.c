// KIND: socket
OPEN
{
    int listener = pending_connection();
    int fd = accept(listener, NULL, NULL);
    close(listener);
    return fd;
}
CLOSE { close((int)handle); }
