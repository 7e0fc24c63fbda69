// Proves that a socket that the program's own callback opens for libcurl and that libcurl closes is no
// leak, with CURLOPT_OPENSOCKETFUNCTION.
// LIBS: -lcurl
// SERVER: http
// CLEAN
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context, (void)purpose;
    return socket(address->family, address->socktype, address->protocol);
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
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    printf("%d\n", curl_easy_perform(easy));
    curl_easy_cleanup(easy);
    return 0;
}
