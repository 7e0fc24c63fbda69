// Proves that auto-close leaves alone a handle that a thread is working in, says so, does not wait for
// it, and leaves the status; the idle one beside it may be closed.
// LIBS: -lcurl
// MODE: auto-close
// EXIT: 6
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '[.leaks[] | select(.stack[0].function == "work")] | length == 1 and .[0].outcome == "skipped"' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.stack[0].function == "work")][0].reason | length > 0' "$REPORT"
#include "net.h"
#include <curl/curl.h>
#include <pthread.h>

static struct sockaddr_in address;
static void *work(void *unused)
{
    char url[64];
    CURL *easy = curl_easy_init();
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_perform(easy); /* nobody ever answers */
    return unused;
}
int main(void)
{
    pthread_t thread;
    char byte;
    curl_global_init(CURL_GLOBAL_ALL);
    int listener = net_listen(&address);
    pthread_create(&thread, NULL, work, NULL);
    int server = accept(listener, NULL, NULL);
    return recv(server, &byte, 1, 0) == 1 ? 6 : 1; /* the request is here: the thread is in perform */
}
