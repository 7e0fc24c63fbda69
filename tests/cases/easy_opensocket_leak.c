// Proves that a socket which the program opens for libcurl, in a CURLOPT_OPENSOCKETFUNCTION, is the session's once
// libcurl connects it: one leak, and auto-close closes both through libcurl; and none that the program keeps.
// LIBS: -lcurl
// SERVER: http
// RUN: for mode in warn auto-close; do WATCH SESSGUARD_MODE=$mode @PROG@; done
// EXPECT: holds 1 socket
// EXPECT: auto-closed 1
// CHECK: test "$(grep -c '#0 .* in transfer ' "$REPORT")" = 2
// CHECK: test "$(grep -c '#0 .* in kept_back ' "$REPORT")" = 2
// REJECT: in open_for_libcurl
#include <curl/curl.h>
#include <stdlib.h>
#include <sys/socket.h>

__attribute__((noinline)) static int kept_back(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}

__attribute__((noinline)) static int open_for_libcurl(const struct curl_sockaddr *address)
{
    int fd = socket(address->family, address->socktype, address->protocol);
    return fd;
}

static curl_socket_t give(void *unused, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)unused, (void)purpose;
    return kept_back() < 0 ? CURL_SOCKET_BAD : open_for_libcurl(address);
}

__attribute__((noinline)) static CURLcode transfer(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, give);
    return curl_easy_perform(easy);
}

int main(void)
{
    curl_global_init(CURL_GLOBAL_ALL);
    return transfer() != CURLE_OK;
}
