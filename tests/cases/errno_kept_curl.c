// Proves that the hooks of libcurl's functions leave errno as libcurl does, for handles that are known, that
// are not, and that are missing.
// LIBS: -lcurl
// CFLAGS: -Wno-deprecated-declarations
// CLEAN
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>

#define SHOW(call)                                                                                           \
    do {                                                                                                     \
        errno = 4242;                                                                                        \
        int result = (int)(call);                                                                            \
        printf("%s: %d %d\n", #call, result, errno);                                                         \
    } while (0)

int main(void)
{
    char byte;
    size_t done;
    const struct curl_ws_frame *frame;
    int running;
    CURLM *multi = curl_multi_init();
    CURLSH *share;
    CURL *easy = curl_easy_init();
    SHOW((share = curl_share_init()) == NULL);
    SHOW(curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS));
    SHOW(curl_easy_setopt(easy, CURLOPT_SHARE, share));
    SHOW(curl_share_cleanup(share)); /* in use */
    SHOW(curl_easy_setopt(easy, CURLOPT_URL, "file:///dev/null"));
    SHOW(curl_easy_setopt(NULL, CURLOPT_URL, "file:///dev/null"));
    SHOW(curl_easy_perform(easy));
    SHOW(curl_easy_perform(NULL));
    SHOW(curl_easy_pause(easy, CURLPAUSE_CONT));
    SHOW(curl_easy_upkeep(easy));
    SHOW(curl_easy_recv(easy, &byte, 1, &done));
    SHOW(curl_easy_send(easy, &byte, 1, &done));
    SHOW(curl_ws_recv(easy, &byte, 1, &done, &frame));
    SHOW(curl_multi_add_handle(multi, NULL));
    SHOW(curl_multi_add_handle(multi, easy));
    SHOW(curl_multi_poll(multi, NULL, 0, 0, NULL));
    SHOW(curl_multi_wait(multi, NULL, 0, 0, NULL));
    SHOW(curl_multi_perform(multi, &running));
    SHOW(curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running));
    SHOW(curl_multi_socket(multi, CURL_SOCKET_TIMEOUT, &running));
    SHOW(curl_multi_socket_all(multi, &running));
    SHOW(curl_multi_perform(NULL, &running));
    SHOW(curl_multi_remove_handle(multi, easy));
    SHOW(curl_multi_cleanup(NULL));
    SHOW(curl_multi_cleanup(multi));
    SHOW((curl_easy_cleanup(NULL), 0));
    SHOW((curl_easy_cleanup(easy), 0));
    SHOW(curl_share_cleanup(share));
    SHOW(curl_share_cleanup(NULL));
    return 0;
}
