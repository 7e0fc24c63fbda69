/* Sessions whose descriptor the program closes, or replaces, in every way. */
#include <curl/curl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CLOSED,
    RANGE,
    STREAM,
    UNSEEN,
    POOLED,       /* of a multi handle's pool */
    CONNECT_ONLY, /* in a multi handle */
    SHARED,       /* kept by a share handle, when the multi handle that made it is closed */
    IN_CALLBACK,  /* closed in a callback of another transfer */
    AFTER_JUMP,   /* by a thread that has left a call by longjmp() */
    KINDS
};

static CURL *prepare(CURLSH *share)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTPS_URL"));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    return easy;
}

static int open_session(int kind)
{
    curl_socket_t fd = -1;
    CURLSH *share = kind == SHARED ? curl_share_init() : NULL;
    CURLM *multi = kind >= POOLED && kind <= SHARED ? curl_multi_init() : NULL;
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    CURL *easy = prepare(share);
    int running = 1;
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, (long)(kind == CONNECT_ONLY));
    if (!multi && curl_easy_perform(easy) != CURLE_OK)
        exit(1);
    if (multi)
        curl_multi_add_handle(multi, easy);
    while (multi && running && curl_multi_perform(multi, &running) == CURLM_OK)
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    if (kind == SHARED) {
        curl_multi_remove_handle(multi, easy);
        curl_multi_cleanup(multi);
        curl_easy_cleanup(easy);
    }
    return fd;
}

static int victim, replacement;
static jmp_buf back;
static size_t replace_other(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    if (victim)
        dup2(replacement, victim);
    victim = 0;
    return size * count;
}
static size_t jump(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)size, (void)count, (void)context;
    longjmp(back, 1);
}

/* Whatever happens to the descriptor, its number is then that of our end. */
static void replace(int kind, int fd, int end)
{
    if (kind == IN_CALLBACK || kind == AFTER_JUMP) {
        CURL *other = prepare(NULL);
        victim = fd;
        replacement = end;
        curl_easy_setopt(other, CURLOPT_HEADERFUNCTION, kind == IN_CALLBACK ? replace_other : jump);
        if (setjmp(back) == 0)
            curl_easy_perform(other);
        if (kind == IN_CALLBACK)
            curl_easy_cleanup(other);
    }
    if (kind == CLOSED)
        close(fd);
    else if (kind == RANGE)
        close_range((unsigned)fd, (unsigned)fd, 0);
    else if (kind == STREAM)
        fclose(fdopen(fd, "r"));
    else if (kind == UNSEEN) { /* unseen, but that the next socket gets the number tells */
        syscall(SYS_close, fd);
        if (socket(AF_UNIX, SOCK_STREAM, 0) != fd)
            exit(2);
        syscall(SYS_close, fd);
        syscall(SYS_dup3, end, fd, 0);
        syscall(SYS_close, end);
        return;
    }
    dup2(end, fd);
    close(end);
}

/* Each kind in a process of its own, whose socket's number is then one end of a pair:
 * what comes out at the other end was said on it. */
static int run(void)
{
    char bytes[4096];
    for (int kind = 0; kind < KINDS; kind++) {
        int ends[2];
        int status;
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        if (fork() == 0) {
            close(ends[0]);
            replace(kind, open_session(kind), ends[1]);
            exit(0);
        }
        close(ends[1]);
        ssize_t n = read(ends[0], bytes, sizeof bytes);
        close(ends[0]);
        wait(&status);
        printf("%d: %zd bytes, status %d\n", kind, n, status);
        fflush(stdout);
    }
    return 0;
}
