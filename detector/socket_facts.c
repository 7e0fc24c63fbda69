#include "socket_facts.h"
#include "strings.h"
#include "sys.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

int sg_socket_option(int fd, int level, int name, int fallback)
{
    int value = 0;
    socklen_t length = sizeof value;
    return sg_sys5(SYS_getsockopt, fd, level, name, &value, &length) < 0 ? fallback : value;
}

static uint8_t state_of(int fd, struct sg_record *record)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof info;
    if (!record->socket.domain)
        record->socket.domain = (uint8_t)sg_socket_option(fd, SOL_SOCKET, SO_DOMAIN, 0);
    if (sg_socket_option(fd, SOL_SOCKET, SO_ACCEPTCONN, 0) == 1)
        return SG_STATE_LISTENING;
    bool is_inet = record->socket.domain == AF_INET || record->socket.domain == AF_INET6;
    if (!is_inet || sg_sys5(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
        return SG_STATE_UNKNOWN;
    return info.tcpi_state;
}

static void note_peer(int fd, struct sg_record *record)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (record->peer || sg_sys3(SYS_getpeername, fd, &address, &length) < 0 || length > sizeof address)
        return;
    /* An unbound peer, as in a socketpair, has a family and no name. */
    if (length > sizeof address.ss_family)
        record->peer = sg_strings_intern(SG_STRING_SOCKADDR, &address, length);
}

void sg_socket_facts_note(int fd, struct sg_record *record)
{
    record->socket.state = state_of(fd, record);
    note_peer(fd, record);
}
