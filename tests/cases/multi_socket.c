// Proves that an event-driven transfer (curl_multi_socket_action and its older forms) works and leaves nothing.
// LIBS: -lcurl
// SERVER: http
// CFLAGS: -Wno-deprecated-declarations
// CLEAN
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#undef curl_multi_socket /* the header maps it to the action form */
static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}
int main(void)
{
    int running = 1;
    CURLM *multi = curl_multi_init();
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_multi_add_handle(multi, easy);
    printf("%d\n", curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running));
    while (running) {
        curl_multi_wait(multi, NULL, 0, 100, NULL);
        if (curl_multi_socket_all(multi, &running) || curl_multi_socket(multi, CURL_SOCKET_TIMEOUT, &running))
            return 1;
    }
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    return (int)curl_multi_cleanup(multi);
}
