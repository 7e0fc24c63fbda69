// KIND: socket
OPEN { return tcp(); }
CLOSE
{
    fcloseall();
    close((int)handle);
}
