#include "address.h"

#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "utf8.h"

/* linux/netlink.h and linux/if_packet.h drag in more than their structs. */
struct netlink_address {
    uint16_t family;
    uint16_t pad;
    uint32_t pid;
    uint32_t groups;
};

static const char *family_name(unsigned family)
{
    static const char *const names[] = {
        [AF_UNSPEC] = "unspecified",
        [AF_UNIX] = "unix",
        [AF_INET] = "inet",
        [AF_AX25] = "ax25",
        [AF_IPX] = "ipx",
        [AF_X25] = "x25",
        [AF_INET6] = "inet6",
        [AF_NETLINK] = "netlink",
        [AF_PACKET] = "packet",
        [AF_RDS] = "rds",
        [AF_PPPOX] = "pppox",
        [AF_CAN] = "can",
        [AF_TIPC] = "tipc",
        [AF_BLUETOOTH] = "bluetooth",
        [AF_ALG] = "alg",
        [AF_NFC] = "nfc",
        [AF_VSOCK] = "vsock",
        [AF_QIPCRTR] = "qipcrtr",
        [AF_SMC] = "smc",
        [AF_XDP] = "xdp",
    };
    return family < SG_COUNT(names) ? names[family] : NULL;
}

static const char *format_unix(struct sg_pool *pool, const unsigned char *path, size_t length)
{
    if (length == 0)
        return "unix:(unnamed)";
    if (path[0] == '\0')
        return sg_pool_format(pool, "unix:@%s", sg_utf8_clean(pool, path + 1, length - 1));
    return sg_pool_format(pool, "unix:%s", sg_utf8_clean(pool, path, strnlen((const char *)path, length)));
}

static const char *format_sockaddr(struct sg_pool *pool, const unsigned char *bytes, size_t length)
{
    union {
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_vm vm;
        struct netlink_address netlink;
    } address = {0};
    char number[INET6_ADDRSTRLEN];
    uint16_t family = AF_UNSPEC;
    if (length >= sizeof(family))
        memcpy(&family, bytes, sizeof(family));
    memcpy(&address, bytes, length < sizeof(address) ? length : sizeof(address));

    if (family == AF_UNIX) {
        size_t start = offsetof(struct sockaddr_un, sun_path);
        return format_unix(pool, bytes + start, length - start);
    }
    if (family == AF_INET && length >= sizeof(address.in)) {
        inet_ntop(AF_INET, &address.in.sin_addr, number, sizeof(number));
        return sg_pool_format(pool, "%s:%u", number, ntohs(address.in.sin_port));
    }
    if (family == AF_INET6 && length >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
        const struct in6_addr *host = &address.in6.sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(host)) { /* IPv4, on a socket that takes both */
            inet_ntop(AF_INET, &host->s6_addr[12], number, sizeof(number));
            return sg_pool_format(pool, "%s:%u", number, ntohs(address.in6.sin6_port));
        }
        inet_ntop(AF_INET6, host, number, sizeof(number));
        return sg_pool_format(pool, "[%s]:%u", number, ntohs(address.in6.sin6_port));
    }
    if (family == AF_VSOCK && length >= sizeof(address.vm))
        return sg_pool_format(pool, "vsock:%u:%u", address.vm.svm_cid, address.vm.svm_port);
    if (family == AF_NETLINK && length >= sizeof(address.netlink))
        return sg_pool_format(pool, "netlink:%u", address.netlink.pid);
    const char *name = family_name(family);
    return name ? name : sg_pool_format(pool, "family %u", family);
}

/* The families keep peers without secrets; this is the second lock on the
 * same door. A path (sqlite, unix sockets) may hold any character. */
static const char *format_text(struct sg_pool *pool, const struct sg_string *peer)
{
    char *text = sg_utf8_clean(pool, peer->bytes, peer->length);
    if (text[0] == '/' || strncmp(text, "unix:", 5) == 0 || strncmp(text, "file:", 5) == 0)
        return text;
    text[strcspn(text, "?#")] = '\0';
    char *scheme = strstr(text, "://");
    char *host = scheme ? scheme + 3 : text;
    char *end = host + strcspn(host, "/");
    char *at = memrchr(host, '@', (size_t)(end - host));
    if (at)
        memmove(host, at + 1, strlen(at + 1) + 1);
    return text;
}

const char *sg_address_format(struct sg_pool *pool, const struct sg_string *peer)
{
    if (peer->type == SG_STRING_SOCKADDR)
        return format_sockaddr(pool, peer->bytes, peer->length);
    return format_text(pool, peer);
}
