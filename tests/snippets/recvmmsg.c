// KIND: socket
OPEN
{
    int from = sent_socket();
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec data = {&byte, 1};
    struct mmsghdr message = {
        .msg_hdr = {
            .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control}};
    net_must(recvmmsg(from, &message, 1, 0, NULL) == 1, "recvmmsg");
    close(from);
    return received_in(&message.msg_hdr);
}
CLOSE { close((int)handle); }
