/* Opens a session with a peer in one of the ways that libcurl knows, talks, and
 * then closes everything itself or leaves it open.
 *
 *   leave closes|leaves KIND URL [WORD...]     words: h2, tls1.2, no-signal */
#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is open at the end. */
static CURL *easies[2];
static CURLM *multi;
static CURLSH *share;

static int pauses;
static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return pauses ? CURL_WRITEFUNC_PAUSE : size * count;
}

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "leave: %s\n", what);
        exit(99);
    }
}

static CURL *prepare(char **words)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, *words++);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, 300L);
    if (strncmp(words[-1], "ftp", 3) == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    for (; *words; words++) {
        if (!strcmp(*words, "h2"))
            curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        if (!strcmp(*words, "tls1.2"))
            curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_MAX_TLSv1_2);
        if (!strcmp(*words, "no-signal"))
            curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    }
    return easy;
}

static void perform(CURL *easy) { printf("talked: %d\n", curl_easy_perform(easy)); }

/* In the multi handle, until it is done, or until it pauses. */
static void perform_in_multi(CURL *easy)
{
    int running = 1;
    curl_off_t got = 0;
    multi = curl_multi_init();
    curl_multi_add_handle(multi, easy);
    while (running && !(pauses && got)) {
        must(curl_multi_perform(multi, &running) == CURLM_OK, "curl_multi_perform");
        curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &got);
        if (running && !(pauses && got))
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    printf("talked, %s\n", running ? "not to the end" : "to the end");
}

static void connect_only(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    perform(easy);
}

static curl_socket_t socket_of(CURL *easy)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    return fd;
}

static void say(CURL *easy, const char *text, size_t length)
{
    size_t sent = 0;
    must(curl_easy_send(easy, text, length, &sent) == CURLE_OK && sent == length, "curl_easy_send");
}

/* What there is up to this text. */
static void hear(CURL *easy, const char *end)
{
    char text[1024] = "";
    size_t length = 0;
    while (!strstr(text, end)) {
        size_t got = 0;
        struct pollfd poll_for = {.fd = socket_of(easy), .events = POLLIN};
        CURLcode result = curl_easy_recv(easy, text + length, sizeof text - 1 - length, &got);
        must(result == CURLE_AGAIN || got > 0, "curl_easy_recv");
        length += got;
        text[length] = '\0';
        if (result == CURLE_AGAIN)
            poll(&poll_for, 1, 300000);
    }
}

/* As programs do where libcurl is too old for it, or is built without. */
static void upgrade(CURL *easy)
{
    static const char ask[] =
        "GET /chat HTTP/1.1\r\nHost: peer\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    static const char frame[] = {(char)0x81, (char)0x85, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'};
    connect_only(easy);
    say(easy, ask, sizeof ask - 1);
    hear(easy, "\r\n\r\n");
    say(easy, frame, sizeof frame);
    hear(easy, "hello");
}

/* Talks to a peer that hangs up, and stays until its end has arrived. */
static void stay(CURL *easy)
{
    connect_only(easy);
    struct pollfd poll_for = {.fd = socket_of(easy), .events = 0};
    say(easy, "x", 1);
    must(poll(&poll_for, 1, 300000) == 1, "the peer does not hang up");
}

static CURL *share_connections(CURL *easy)
{
    share = curl_share_init();
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    return easy;
}

static void open_all(const char *kind, char **words)
{
    CURL *easy = easies[0] = prepare(words);
    if (!strcmp(kind, "easy")) {
        perform(easy);
    } else if (!strcmp(kind, "multi")) {
        perform_in_multi(easy);
    } else if (!strcmp(kind, "kept_by_multi")) {
        perform_in_multi(easy);
        curl_multi_remove_handle(multi, easy);
        curl_easy_cleanup(easy);
        easies[0] = NULL;
    } else if (!strcmp(kind, "midway")) {
        pauses = 1;
        perform_in_multi(easy);
    } else if (!strcmp(kind, "share")) {
        perform(share_connections(easy));
    } else if (!strcmp(kind, "kept_by_share")) {
        perform(share_connections(easy));
        curl_easy_cleanup(easy);
        easies[0] = NULL;
    } else if (!strcmp(kind, "copy")) {
        easies[1] = curl_easy_duphandle(easy);
        perform(easies[1]);
    } else if (!strcmp(kind, "connected")) {
        connect_only(easy);
    } else if (!strcmp(kind, "connected_in_multi")) {
        curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
        perform_in_multi(easy);
    } else if (!strcmp(kind, "websocket")) {
        upgrade(easy);
    } else if (!strcmp(kind, "hung_up")) {
        stay(easy);
    } else {
        must(0, "unknown kind");
    }
}

static void close_all(void)
{
    for (int i = 0; i < 2; i++) {
        if (multi && easies[i])
            curl_multi_remove_handle(multi, easies[i]);
        curl_easy_cleanup(easies[i]);
    }
    curl_multi_cleanup(multi);
    if (share)
        must(curl_share_cleanup(share) == CURLSHE_OK, "curl_share_cleanup");
}

int main(int count, char **words)
{
    must(count > 3, "usage: leave closes|leaves KIND URL [WORD...]");
    open_all(words[2], words + 3);
    if (!strcmp(words[1], "closes"))
        close_all();
    return 0;
}
