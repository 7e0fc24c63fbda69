// Proves that auto-close runs no close-socket callback of the program's that a handle has from the one
// that it is a copy of.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXPECT: ^1 curl\.easy
#include <curl/curl.h>
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
    CURL *copy = curl_easy_duphandle(easy);
    curl_easy_cleanup(easy);
    int status = curl_easy_perform(copy);
    ending = 1;
    return status;
}
