// Proves that auto-close runs no callback of the program's that only a multi or a share handle still has:
// one for closing sockets that was set after the handles were joined, and those of an event loop.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXPECT: ^1 curl\.share
// EXPECT: ^2 curl\.multi|^1 curl\.multi
#include <curl/curl.h>
#include <stdlib.h>
#include <unistd.h>

static int ending;
static void tell(void)
{
    if (ending)
        (void)!write(1, "callback at the end\n", 20);
}
static int close_socket(void *context, curl_socket_t fd)
{
    (void)context;
    tell();
    return close(fd);
}
static int watch(CURL *easy, curl_socket_t fd, int what, void *context, void *more)
{
    (void)easy, (void)fd, (void)what, (void)context, (void)more;
    tell();
    return 0;
}
static int set_timer(CURLM *multi, long ms, void *context)
{
    (void)multi, (void)ms, (void)context;
    tell();
    return 0;
}
static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}
static CURL *open_easy(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    return easy;
}
int main(void)
{
    int running = 0;
    CURLSH *share = curl_share_init();
    CURL *easy = open_easy();
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    int status = curl_easy_perform(easy);
    curl_easy_cleanup(easy);

    CURLM *multi = curl_multi_init();
    easy = open_easy();
    curl_multi_add_handle(multi, easy);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    do {
        curl_multi_perform(multi, &running);
        curl_multi_poll(multi, NULL, 0, 100, NULL);
    } while (running);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);

    CURLM *loop = curl_multi_init();
    curl_multi_setopt(loop, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(loop, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_add_handle(loop, open_easy());
    curl_multi_socket_action(loop, CURL_SOCKET_TIMEOUT, 0, &running);
    ending = 1;
    return status;
}
