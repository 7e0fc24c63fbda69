// Proves that a thread may be cancelled inside libcurl's and our frames: its clean-up handlers run, and
// auto-close leaves the handle alone that it was at work on.
// LIBS: -lcurl
// MODE: auto-close
// EXPECT: ^1 curl\.easy
// EXPECT: skipped 1 \(in use\)
#include "net.h"
#include <curl/curl.h>
#include <pthread.h>

static struct sockaddr_in address;
static void done(void *text) { (void)!write(1, text, 11); }
static void *work(void *unused)
{
    char url[64];
    CURL *easy = curl_easy_init();
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    curl_easy_setopt(easy, CURLOPT_URL, url);
    pthread_cleanup_push(done, "cleaned up\n");
    curl_easy_perform(easy); /* nobody ever answers */
    pthread_cleanup_pop(1);
    return unused;
}
int main(void)
{
    pthread_t thread;
    char byte;
    void *result;
    curl_global_init(CURL_GLOBAL_ALL);
    int listener = net_listen(&address);
    pthread_create(&thread, NULL, work, NULL);
    int server = accept(listener, NULL, NULL);
    if (recv(server, &byte, 1, 0) != 1) /* the request is here: the thread is in perform */
        return 1;
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("%d\n", result == PTHREAD_CANCELED);
    return close(server) || close(listener);
}
