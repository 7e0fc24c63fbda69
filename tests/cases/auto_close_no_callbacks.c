// Proves that auto-close runs no code of the program's (its close-socket, debug and header callbacks are
// not called at the end) and writes none of its cookie jars.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXPECT: ^1 curl\.easy
// CHECK: test ! -e cookies.txt
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int ending;
static int close_socket(void *context, curl_socket_t fd)
{
    (void)context;
    if (ending)
        (void)!write(1, "callback at the end\n", 20);
    return close(fd);
}
static int debug(CURL *easy, curl_infotype type, char *data, size_t size, void *context)
{
    (void)easy, (void)type, (void)data, (void)size, (void)context;
    if (ending)
        (void)!write(1, "debug at the end\n", 17);
    return 0;
}
static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}
int main(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, debug);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_COOKIEJAR, "cookies.txt");
    int status = curl_easy_perform(easy);
    ending = 1;
    return status;
}
