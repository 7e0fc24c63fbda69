// Proves that a socket that the program takes over from a session (CURLINFO_ACTIVESOCKET, a copy) is the
// program's own leak after the session is closed.
// LIBS: -lcurl
// SERVER: http
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in keep_copy .*owner_closed\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: ^[0-9]+ curl
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((noinline)) static int keep_copy(int fd)
{
    int copy = dup(fd);
    return copy;
}
int main(void)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    printf("%d\n", keep_copy(fd) > 0);
    curl_easy_cleanup(easy);
    return 0;
}
