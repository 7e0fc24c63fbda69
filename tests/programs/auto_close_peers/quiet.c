/* Sets everything that could make closing visible, talks, and then closes by
 * itself, saying what that makes libcurl call, or ends as a program does that
 * has put away what its callbacks need: one that is called then crashes.
 *
 *   quiet closes|leaves easy|multi|paused|noisy|share|opened|socket URL [NAME:PORT:ADDRESS]
 *
 *   easy    every callback and file of an easy handle
 *   multi   those of an event loop, too
 *   paused  the same in the middle of a transfer
 *   noisy   the same without the callbacks for what libcurl else prints itself
 *   share   those of a share handle, too
 *   opened  the one that opens sockets, too
 *   socket  the one that closes sockets, too */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static CURL *easy;
static CURLM *multi;
static CURLSH *share;
static struct curl_slist *resolve;

/* What the callbacks work on: nobody may after the end. */
struct context {
    int is_ending, is_paused;
};
static struct context *state;

static void called(const char *name, struct context *context)
{
    if (!context->is_ending)
        return;
    (void)!write(1, name, strlen(name));
    (void)!write(1, "\n", 1);
}

static size_t on_write(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    called("write", context);
    return state->is_paused ? CURL_WRITEFUNC_PAUSE : size * count;
}
static size_t on_read(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)size, (void)count;
    called("read", context);
    return 0;
}
static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    called("header", context);
    return size * count;
}
static int on_debug(CURL *handle, curl_infotype type, char *data, size_t size, void *context)
{
    (void)handle, (void)type, (void)data, (void)size;
    called("debug", context);
    return 0;
}
static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    called("progress", context);
    return 0;
}
static int on_sockopt(void *context, curl_socket_t fd, curlsocktype purpose)
{
    (void)fd, (void)purpose;
    called("sockopt", context);
    return CURL_SOCKOPT_OK;
}
static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    called("open", context);
    return socket(address->family, address->socktype, address->protocol);
}
static int on_close(void *context, curl_socket_t fd)
{
    called("close", context);
    return close(fd);
}
static int on_seek(void *context, curl_off_t offset, int origin)
{
    (void)offset, (void)origin;
    called("seek", context);
    return CURL_SEEKFUNC_OK;
}
static CURLSTScode on_hsts_read(CURL *handle, struct curl_hstsentry *entry, void *context)
{
    (void)handle, (void)entry;
    called("hsts read", context);
    return CURLSTS_DONE;
}
static CURLSTScode on_hsts_write(CURL *handle, struct curl_hstsentry *entry, struct curl_index *index,
                                 void *context)
{
    (void)handle, (void)entry, (void)index;
    called("hsts write", context);
    return CURLSTS_OK;
}
static int on_prerequest(void *context, char *a, char *b, int c, int d)
{
    (void)a, (void)b, (void)c, (void)d;
    called("prerequest", context);
    return CURL_PREREQFUNC_OK;
}
static int on_resolver(void *resolver, void *reserved, void *context)
{
    (void)resolver, (void)reserved;
    called("resolver", context);
    return 0;
}
static int on_socket(CURL *handle, curl_socket_t fd, int what, void *context, void *more)
{
    (void)handle, (void)fd, (void)what, (void)more;
    called("socket", context);
    return 0;
}
static int on_timer(CURLM *handle, long ms, void *context)
{
    (void)handle, (void)ms;
    called("timer", context);
    return 0;
}
static int on_push(CURL *parent, CURL *child, size_t count, struct curl_pushheaders *headers, void *context)
{
    (void)parent, (void)child, (void)count, (void)headers;
    called("push", context);
    return CURL_PUSH_DENY;
}
static void on_lock(CURL *handle, curl_lock_data data, curl_lock_access access, void *context)
{
    (void)handle, (void)data, (void)access;
    called("lock", context);
}
static void on_unlock(CURL *handle, curl_lock_data data, void *context)
{
    (void)handle, (void)data;
    called("unlock", context);
}

/* A file that is there already, and that libcurl would write anew. */
static const char *file(const char *name)
{
    FILE *old = fopen(name, "w");
    fputs("# as it was\n", old);
    fclose(old);
    return name;
}

#define SET(name, function, data)                                                                            \
    (curl_easy_setopt(easy, CURLOPT_##name##FUNCTION, function),                                             \
     curl_easy_setopt(easy, CURLOPT_##data, state))

static void prepare(const char *url, const char *address)
{
    resolve = curl_slist_append(NULL, address ? address : "unused.test:1:127.0.0.1");
    easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOBODY, (long)(strncmp(url, "ftp", 3) == 0));
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    SET(WRITE, on_write, WRITEDATA);
    SET(READ, on_read, READDATA);
    SET(HEADER, on_header, HEADERDATA);
    SET(DEBUG, on_debug, DEBUGDATA);
    SET(XFERINFO, on_progress, XFERINFODATA);
    SET(SOCKOPT, on_sockopt, SOCKOPTDATA);
    SET(SEEK, on_seek, SEEKDATA);
    SET(HSTSREAD, on_hsts_read, HSTSREADDATA);
    SET(HSTSWRITE, on_hsts_write, HSTSWRITEDATA);
    SET(PREREQ, on_prerequest, PREREQDATA);
    SET(RESOLVER_START_, on_resolver, RESOLVER_START_DATA);
    curl_easy_setopt(easy, CURLOPT_COOKIEJAR, file("cookies.txt"));
    curl_easy_setopt(easy, CURLOPT_HSTS_CTRL, (long)CURLHSTS_ENABLE);
    curl_easy_setopt(easy, CURLOPT_HSTS, file("hsts.txt"));
    curl_easy_setopt(easy, CURLOPT_ALTSVC_CTRL, (long)CURLALTSVC_H1 | CURLALTSVC_H2);
    curl_easy_setopt(easy, CURLOPT_ALTSVC, file("altsvc.txt"));
}

/* What is printed from here on stays in the file. */
static FILE *noise;
static void make_noise(void)
{
    noise = fopen("noise.txt", "w");
    setvbuf(noise, NULL, _IONBF, 0);
    curl_easy_setopt(easy, CURLOPT_STDERR, noise);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, NULL);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, NULL);
}
static int forget_noise(void)
{
    if (!noise)
        return 0;
    rewind(noise);
    return ftruncate(fileno(noise), 0);
}

static void make_share(void)
{
    share = curl_share_init();
    curl_share_setopt(share, CURLSHOPT_LOCKFUNC, on_lock);
    curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, on_unlock);
    curl_share_setopt(share, CURLSHOPT_USERDATA, state);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
}

static void perform_in_multi(void)
{
    int running = 1;
    curl_off_t got = 0;
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, state);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, state);
    curl_multi_setopt(multi, CURLMOPT_PUSHFUNCTION, on_push);
    curl_multi_setopt(multi, CURLMOPT_PUSHDATA, state);
    curl_multi_add_handle(multi, easy);
    while (running && !(state->is_paused && got)) {
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        curl_multi_socket_all(multi, &running);
        curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &got);
        if (running && !got)
            curl_multi_poll(multi, NULL, 0, 20, NULL);
    }
    printf("in the multi handle, %s\n", running ? "not to the end" : "to the end");
}

static void close_all(void)
{
    if (multi)
        curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
    curl_share_cleanup(share);
    curl_slist_free_all(resolve);
}

int main(int count, char **words)
{
    if (count < 4)
        return 2;
    const char *kind = words[2];
    state = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    prepare(words[3], words[4]);
    if (!strcmp(kind, "share"))
        make_share();
    if (!strcmp(kind, "noisy"))
        make_noise();
    if (!strcmp(kind, "opened"))
        SET(OPENSOCKET, on_open, OPENSOCKETDATA);
    if (!strcmp(kind, "socket"))
        SET(CLOSESOCKET, on_close, CLOSESOCKETDATA);
    state->is_paused = !strcmp(kind, "paused") || !strcmp(kind, "noisy");
    if (!strcmp(kind, "multi") || state->is_paused)
        perform_in_multi();
    else
        printf("performed: %d\n", curl_easy_perform(easy));
    fflush(stdout);
    if (forget_noise() != 0)
        return 3;
    state->is_ending = 1;
    if (!strcmp(words[1], "closes"))
        close_all();
    return mprotect(state, 4096, PROT_NONE);
}
