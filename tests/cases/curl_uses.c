// Proves that every call that works on a handle behaves as without us, on good and on bad handles, and
// that what it opens belongs to the handle.
// LIBS: -lcurl
// SERVER: http
// CLEAN
#include <curl/curl.h>
#include <curl/websockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    const char *url = getenv("TEST_HTTP_URL"), *request = "GET / HTTP/1.0\r\n\r\n";
    char text[4096];
    size_t done = 0, got = 0;
    struct curl_ws_frame *frame;
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    printf("perform %d\n", curl_easy_perform(easy));
    printf("send %d\n", curl_easy_send(easy, request, strlen(request), &done));
    CURLcode code;
    while ((code = curl_easy_recv(easy, text, sizeof text, &got)) == CURLE_AGAIN)
        ;
    printf("recv %d %d %d\n", code, done == strlen(request), got > 0 && !strncmp(text, "HTTP/1.1 200", 12));
    printf("upkeep %d\n", curl_easy_upkeep(easy));
    printf("pause %d\n", curl_easy_pause(easy, CURLPAUSE_CONT) != CURLE_OK);
    int ws_send = curl_ws_send(easy, "x", 1, &done, 0, CURLWS_TEXT) != CURLE_OK;
    printf("ws %d %d\n", ws_send, curl_ws_recv(easy, text, sizeof text, &got, (void *)&frame) != CURLE_OK);
    curl_easy_cleanup(easy);
    printf("none %d %d %d\n", curl_easy_perform(NULL), curl_easy_upkeep(NULL),
           curl_easy_setopt(NULL, CURLOPT_URL, url));
    curl_easy_cleanup(NULL);
    return 0;
}
