// KIND: socket
OPEN
{
    int from = sent_socket();
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    net_must(recvmsg(from, &message, 0) == 1, "recvmsg");
    close(from);
    return received_in(&message);
}
CLOSE { close((int)handle); }
