/* Operations on sockets and on handles of libcurl. */
#include "actor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef ACTOR_HAS_CURL
#include <curl/curl.h>
#endif

/* ---- opening: args are site, slot and more ---- */

static void set(long site, long slot, enum type type, int fd, void *handle)
{
    slots[slot] = (struct slot){type, fd, (int)site, handle, row};
    has_opened((int)site);
}

static void open_descriptor(long site, long slot, int fd, const char *what)
{
    if (fd < 0) {
        has_not_opened((int)site);
        failed(what);
        return;
    }
    set(site, slot, DESCRIPTOR, fd, NULL);
}

static int cloexec(long flag) { return flag ? SOCK_CLOEXEC : 0; }

void open_tcp(const long *args)
{
    will_open((int)args[0]);
    open_descriptor(args[0], args[1], socket(AF_INET, SOCK_STREAM | cloexec(args[2]), 0), "socket");
}

void open_udp(const long *args)
{
    will_open((int)args[0]);
    open_descriptor(args[0], args[1], socket(AF_INET, SOCK_DGRAM | cloexec(args[2]), 0), "socket");
}

void open_unix(const long *args)
{
    will_open((int)args[0]);
    open_descriptor(args[0], args[1], socket(AF_UNIX, SOCK_STREAM | cloexec(args[2]), 0), "socket");
}

/* Fills two slots. */
void open_pair(const long *args)
{
    int pair[2];
    will_open((int)args[0]);
    will_open((int)args[0]);
    if (socketpair(AF_UNIX, SOCK_STREAM | cloexec(args[2]), 0, pair) < 0)
        pair[0] = pair[1] = -1;
    open_descriptor(args[0], args[1], pair[0], "socketpair");
    open_descriptor(args[0], args[1] + 1, pair[1], "socketpair");
}

/* To the harness, which is told the slot's number. */
void open_peer(const long *args)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char text[NAME];
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    will_open((int)args[0]);
    int fd = socket(AF_INET, SOCK_STREAM | cloexec(args[2]), 0);
    open_descriptor(args[0], args[1], fd, "socket");
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        failed("connect");
    int length = snprintf(text, sizeof text, "raw %ld\n", args[1]);
    if (send(fd, text, (size_t)length, MSG_NOSIGNAL) < 0)
        failed("send");
}

/* A listener of this program's and a connection to it: the accepted end has a slot, the
 * others are closed. */
void open_accepted(const long *args)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t length = sizeof at;
    for (int i = 0; i < 3; i++)
        will_open((int)args[0]);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int from = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &length) < 0 ||
        connect(from, (struct sockaddr *)&at, sizeof at) < 0)
        failed("listen");
    open_descriptor(args[0], args[1], accept4(listener, NULL, NULL, cloexec(args[2])), "accept");
    close(from);
    close(listener);
    has_not_opened((int)args[0]);
    has_not_opened((int)args[0]);
}

/* site, slot, from */
void open_copy(const long *args)
{
    if (slots[args[2]].type != DESCRIPTOR)
        return;
    will_open((int)args[0]);
    open_descriptor(args[0], args[1], dup(slots[args[2]].fd), "dup");
}

/* site, slot, from: over what the slot has */
void open_over(const long *args)
{
    struct slot old = slots[args[1]];
    if (old.type != DESCRIPTOR || slots[args[2]].type != DESCRIPTOR)
        return; /* it could not be opened, or this is another process by now */
    will_open((int)args[0]);
    will_close(&old);
    int fd = dup2(slots[args[2]].fd, old.fd);
    has_closed(&old);
    open_descriptor(args[0], args[1], fd, "dup2");
}

#ifdef ACTOR_HAS_CURL
static size_t sink(char *data, size_t size, size_t count, void *unused)
{
    (void)data;
    (void)unused;
    return size * count;
}

static void open_handle(const long *args, enum type type, void *handle)
{
    if (!handle) {
        has_not_opened((int)args[0]);
        failed("handle");
        return;
    }
    set(args[0], args[1], type, -1, handle);
}

static void set_up(CURL *handle, long slot)
{
    char url[NAME];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/%ld", port, slot);
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, sink);
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
}

/* site, first slot, how many */
void open_easy(const long *args)
{
    for (long i = 0; i < args[2]; i++) {
        const long one[ARGS] = {args[0], args[1] + i};
        will_open((int)args[0]);
        CURL *handle = curl_easy_init();
        open_handle(one, EASY, handle);
        if (handle)
            set_up(handle, one[1]);
    }
}

/* site, slot, from */
void open_easy_copy(const long *args)
{
    will_open((int)args[0]);
    open_handle(args, EASY, curl_easy_duphandle(slots[args[2]].handle));
}

void open_multi(const long *args)
{
    will_open((int)args[0]);
    open_handle(args, MULTI, curl_multi_init());
}

void open_share(const long *args)
{
    will_open((int)args[0]);
    CURLSH *share = curl_share_init();
    open_handle(args, SHARE, share);
    if (share)
        curl_share_setopt(share, CURLSHOPT_SHARE, (curl_lock_data)CURL_LOCK_DATA_CONNECT);
}

void perform(const long *args)
{
    CURLcode code = curl_easy_perform(slots[args[0]].handle);
    if (code != CURLE_OK)
        printf("perform %ld: %d\n", args[0], (int)code);
}

/* multi, easy */
void add(const long *args)
{
    CURLMcode code = curl_multi_add_handle(slots[args[0]].handle, slots[args[1]].handle);
    if (code != CURLM_OK)
        printf("add %ld: %d\n", args[1], (int)code);
}

void take_out(const long *args) { curl_multi_remove_handle(slots[args[0]].handle, slots[args[1]].handle); }

void multi_perform(const long *args)
{
    int running = 1;
    while (running && curl_multi_perform(slots[args[0]].handle, &running) == CURLM_OK)
        curl_multi_poll(slots[args[0]].handle, NULL, 0, 1, NULL);
}

/* share, easy */
void share_with(const long *args)
{
    curl_easy_setopt(slots[args[1]].handle, CURLOPT_SHARE, slots[args[0]].handle);
}

static void close_handle(struct slot *slot)
{
    if (slot->type == EASY)
        curl_easy_cleanup(slot->handle);
    else if (slot->type == MULTI)
        curl_multi_cleanup(slot->handle);
    else if (slot->type == SHARE && curl_share_cleanup(slot->handle) != CURLSHE_OK)
        failed("curl_share_cleanup");
}

/* queue, time between: a worker that takes handles, runs them and closes them */
void work(const long *args)
{
    struct queue *queue = &queues[args[0]];
    for (;;) {
        sleep_us(args[1]);
        pthread_mutex_lock(&queue->lock);
        int slot = queue->first < queue->end ? queue->slots[queue->first++] : -1;
        pthread_mutex_unlock(&queue->lock);
        if (slot < 0)
            continue;
        will_close(&slots[slot]);
        curl_easy_setopt(slots[slot].handle, CURLOPT_USERAGENT,
                         "a worker with a name that is long enough to be kept");
        (void)curl_easy_perform(slots[slot].handle);
        curl_easy_cleanup(slots[slot].handle);
        has_closed(&slots[slot]);
    }
}
#else
static void close_handle(struct slot *slot) { (void)slot; }
#endif

/* ---- using and closing ---- */

/* queue, slot, how many */
void put(const long *args)
{
    struct queue *queue = &queues[args[0]];
    pthread_mutex_lock(&queue->lock);
    for (long i = 0; i < args[2]; i++)
        queue->slots[queue->end++] = (int)(args[1] + i);
    pthread_mutex_unlock(&queue->lock);
}

void close_slot(const long *args)
{
    struct slot *slot = &slots[args[0]];
    will_close(slot);
    if (slot->type == DESCRIPTOR && close(slot->fd) < 0)
        failed("close");
    else if (slot->type == STREAM && fclose(slot->handle) != 0)
        failed("fclose");
    else
        close_handle(slot);
    has_closed(slot);
}

/* Unseen by a library that hooks functions. */
void close_raw(const long *args)
{
    struct slot *slot = &slots[args[0]];
    will_close(slot);
    syscall(SYS_close, slot->fd);
    has_closed(slot);
}

void make_stream(const long *args)
{
    struct slot *slot = &slots[args[0]];
    slot->handle = fdopen(slot->fd, "r+");
    if (slot->handle)
        slot->type = STREAM;
}

/* slot, how many bytes */
void tell(const long *args)
{
    char data[BUFFER];
    memset(data, 'a' + (int)(args[0] % 20), sizeof data);
    size_t length = args[1] < BUFFER ? (size_t)args[1] : BUFFER;
    if (send(slots[args[0]].fd, data, length, MSG_NOSIGNAL) != (ssize_t)length)
        failed("send");
}

/* The harness answers to this, and the answer is waited for. */
void ask(const long *args)
{
    char answer[NAME];
    int fd = slots[args[0]].fd;
    if (send(fd, "ask\n", 4, MSG_NOSIGNAL) < 0 || recv(fd, answer, 4, MSG_WAITALL) != 4)
        failed("ask");
}

void shut_down(const long *args)
{
    if (shutdown(slots[args[0]].fd, (int)args[1]) < 0)
        failed("shutdown");
}

/* slot, time: writes until it cannot, the letter that nothing else writes */
void heartbeat(const long *args)
{
    for (;;) {
        if (send(slots[args[0]].fd, "z", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
            _exit(97);
        sleep_us(args[1]);
    }
}

/* slot: a reader that takes the end of its connection for the end of the world */
void expect_no_end(const long *args)
{
    char data[NAME];
    for (;;)
        if (recv(slots[args[0]].fd, data, sizeof data, 0) <= 0)
            _exit(96);
}
