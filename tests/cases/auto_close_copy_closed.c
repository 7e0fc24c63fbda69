// Proves that auto-close closes a session all the same where the program made a copy of its descriptor and
// closed that copy.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXPECT: auto-closed 1
// REJECT: skipped
#include <curl/curl.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    curl_socket_t fd = -1;
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    int copy = dup(fd);
    close(copy);
    dup2(fd, copy);
    return close(copy);
}
