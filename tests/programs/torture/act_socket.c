/* Sockets. Each seat has a window of descriptor numbers of its own, where it
 * may put copies over others and close whole ranges. */
#include "seat.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WINDOW 512U /* more than all of act_copies() leak */

static int window(const struct seat *seat) { return (int)(3000 + seat->number * WINDOW); }

static int good(int fd, const char *what)
{
    if (fd < 0)
        fail(what);
    return fd;
}

#define OPENS(name, params, call)                                                                            \
    __attribute__((noinline)) static int name params                                                         \
    {                                                                                                        \
        int fd = good(call, #name);                                                                          \
        ledger_opened(AT_##name, 1);                                                                         \
        return fd;                                                                                           \
    }
OPENS(socket_here, (void), socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))
OPENS(socket_to_pass, (void), socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
OPENS(stream_here, (void), socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
OPENS(socket_in_range, (void), socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
OPENS(stream_refused, (void), socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
OPENS(listener_to_cancel, (void), socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
OPENS(connecting_to_cancelled, (void), socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
OPENS(accepted_or_cancelled, (int listener), accept(listener, NULL, NULL))
OPENS(dup2_in_range, (int from, int to), dup2(from, to))
OPENS(listener_here, (int domain), socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0))
OPENS(connecting_here, (int domain), socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0))
OPENS(accepted_here, (int listener), accept4(listener, NULL, NULL, SOCK_CLOEXEC))
OPENS(dup_here, (int from), dup(from))
OPENS(dup2_over, (int from, int to), dup2(from, to))
OPENS(dup3_over, (int from, int to), dup3(from, to, O_CLOEXEC))
OPENS(fcntl_copied, (int from, int least), fcntl(from, F_DUPFD_CLOEXEC, least))

#define OPENS_PAIR(name)                                                                                     \
    __attribute__((noinline)) static void name(int fds[2])                                                   \
    {                                                                                                        \
        good(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), #name);                                \
        ledger_opened(AT_##name, 2);                                                                         \
    }
OPENS_PAIR(pair_here)
OPENS_PAIR(pair_for_rights)

static void close_one(enum site site, int fd) { close_thing((struct thing){.site = site, .fd = fd}); }

static void keep(struct seat *seat, enum site site, int fd)
{
    struct thing thing = {.site = site, .fd = fd};
    if (!wants_leak(seat, site) && !stash_put(&seat->sockets, thing))
        close_thing(thing);
}

void act_socket(struct seat *seat)
{
    keep(seat, AT_socket_here, socket_here());
    int fd = socket_to_pass();
    struct thing thing = {.site = AT_socket_to_pass, .fd = fd};
    if (!wants_leak(seat, thing.site) && !mail_send(thing))
        close_thing(thing);
}

void act_pair(struct seat *seat)
{
    int fds[2];
    pair_here(fds);
    keep(seat, AT_pair_here, fds[0]);
    keep(seat, AT_pair_here, fds[1]);
}

void act_close_socket(struct seat *seat)
{
    if (seat->sockets.count > 0)
        close_thing(stash_take(seat, &seat->sockets));
}

/* Binds to a name, or a port, that the kernel picks. */
static int listening(bool is_local, struct sockaddr_storage *address, socklen_t *length)
{
    int fd = listener_here(is_local ? AF_UNIX : AF_INET);
    struct sockaddr_in inet = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    *length = is_local ? sizeof local.sun_family : sizeof inet;
    good(bind(fd, is_local ? (void *)&local : (void *)&inet, *length), "bind");
    good(listen(fd, 4), "listen");
    *length = sizeof *address;
    good(getsockname(fd, (void *)address, length), "getsockname");
    return fd;
}

void act_connection(struct seat *seat)
{
    struct sockaddr_storage address;
    struct linger at_once = {.l_onoff = 1}; /* or the ports would run out */
    socklen_t length;
    int listener = listening(pick(seat, 8) != 0, &address, &length);
    int from = connecting_here(address.ss_family);
    setsockopt(from, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    good(connect(from, (void *)&address, length), "connect");
    int to = accepted_here(listener);
    if (!wants_leak(seat, AT_connecting_here))
        close_one(AT_connecting_here, from);
    if (!wants_leak(seat, AT_accepted_here))
        close_one(AT_accepted_here, to);
    close_one(AT_listener_here, listener);
}

/* Copies, two of them put over one that is open, and one that fails to be. */
void act_copies(struct seat *seat)
{
    if (seat->sockets.count == 0)
        return;
    int from = seat->sockets.things[pick(seat, seat->sockets.count)].fd;
    keep(seat, AT_dup_here, dup_here(from));
    int fd = fcntl_copied(from, window(seat));
    if (wants_leak(seat, AT_fcntl_copied))
        return;
    dup2_over(from, fd);
    ledger_closed(AT_fcntl_copied, 1);
    if (dup2(-1, fd) != -1 || errno != EBADF)
        fail("a copy of nothing");
    if (wants_leak(seat, AT_dup2_over))
        return;
    dup3_over(from, fd);
    ledger_closed(AT_dup2_over, 1);
    if (!wants_leak(seat, AT_dup3_over))
        close_one(AT_dup3_over, fd);
}

/* The numbers above the leaks of act_copies(). */
void act_range(struct seat *seat)
{
    int from = socket_in_range();
    int at = window(seat) + (int)WINDOW / 2;
    unsigned count = 1 + pick(seat, 16);
    for (unsigned i = 0; i < count; i++)
        dup2_in_range(from, at + (int)i);
    good(close_range((unsigned)at, (unsigned)at + WINDOW / 2 - 1, 0), "close_range");
    ledger_closed(AT_dup2_in_range, count);
    close_one(AT_socket_in_range, from);
}

union control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

__attribute__((noinline)) static int received_here(int through)
{
    char byte;
    int fd;
    union control control;
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (recvmsg(through, &message, MSG_CMSG_CLOEXEC) != 1)
        fail("recvmsg");
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    ledger_opened(AT_received_here, 1);
    return fd;
}

static void send_copy(int through, int fd)
{
    char byte = 0;
    union control control = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *first = CMSG_FIRSTHDR(&message);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(first), &fd, sizeof fd);
    if (sendmsg(through, &message, 0) != 1)
        fail("sendmsg");
}

void act_rights(struct seat *seat)
{
    int fds[2];
    pair_for_rights(fds);
    send_copy(fds[0], fds[1]);
    int fd = received_here(fds[1]);
    close_one(AT_pair_for_rights, fds[0]);
    close_one(AT_pair_for_rights, fds[1]);
    if (!wants_leak(seat, AT_received_here))
        close_one(AT_received_here, fd);
}

void act_stream(struct seat *seat)
{
    int fd = stream_here();
    FILE *file = fdopen(fd, "r+");
    if (!file)
        fail("fdopen");
    if (wants_leak(seat, AT_stream_here))
        return;
    ledger_closed(AT_stream_here, 1);
    fclose(file);
}

/* What fails opens nothing and closes nothing. */
void act_errors(struct seat *seat)
{
    const struct sockaddr_un nobody = {.sun_family = AF_UNIX, .sun_path = "\0nobody listens here"};
    if (close(-1) != -1 || close(1 << 22) != -1 || errno != EBADF)
        fail("closing nothing");
    if (socket(AF_UNIX, SOCK_STREAM, 12345) != -1 || errno != EPROTONOSUPPORT)
        fail("a socket of no protocol");
    if (seat->sockets.count == 0)
        return;
    int fd = seat->sockets.things[0].fd;
    if (accept(fd, NULL, NULL) != -1)
        fail("accepting on what does not listen");
    if (fcntl(fd, F_DUPFD, 1 << 22) != -1 || errno != EINVAL)
        fail("a copy beyond the limit");
    if (dup2(fd, 1 << 22) != -1 || errno != EBADF)
        fail("a copy to a number beyond the limit");
    if (close_range(5, 4, 0) != -1 || errno != EINVAL)
        fail("a range that is none");
    int other = stream_refused();
    if (connect(other, (const void *)&nobody, sizeof nobody) != -1 || errno != ECONNREFUSED)
        fail("connecting to nobody");
    close_one(AT_stream_refused, other);
}

struct waiter {
    int listener;
    int accepted; /* -1: cancelled before */
};

static void *accept_one(void *context)
{
    struct waiter *waiter = context;
    int fd = accepted_or_cancelled(waiter->listener);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    waiter->accepted = fd;
    pthread_exit(NULL);
}

/* A thread waits in accept(), until somebody connects or it is cancelled. Not
 * both: glibc's accept() loses the new descriptor where a cancellation comes
 * just then. And no signal handler must run there, as it would be cancelled. */
void act_cancel(struct seat *seat)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof address;
    struct waiter waiter = {.listener = listener_to_cancel(), .accepted = -1};
    sigset_t all, before;
    pthread_t thread;
    good(bind(waiter.listener, (void *)&address, sizeof address.sun_family), "bind");
    good(listen(waiter.listener, 4), "listen");
    good(getsockname(waiter.listener, (void *)&address, &length), "getsockname");
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, accept_one, &waiter) != 0)
        fail("pthread_create");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    int from = connecting_to_cancelled();
    if (pick(seat, 2))
        good(connect(from, (void *)&address, length), "connect");
    else
        pthread_cancel(thread);
    pthread_join(thread, NULL);
    close_one(AT_connecting_to_cancelled, from);
    close_one(AT_listener_to_cancel, waiter.listener);
    if (waiter.accepted >= 0 && !wants_leak(seat, AT_accepted_or_cancelled))
        close_one(AT_accepted_or_cancelled, waiter.accepted);
}
