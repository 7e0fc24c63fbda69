// Proves that auto-close leaves a multi handle alone when the easy handle in it is another thread's, which still
// runs, and calls nothing of the program's.
// LIBS: -lcurl
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '[.leaks[] | select(.kind != "socket") | .reason] == ["in_use", "in_use"]' "$REPORT"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static CURL *easy;
static char url[64];
static pthread_barrier_t is_made;
static int is_over;

__attribute__((destructor)) static void end(void) { is_over = 1; }

static int debug(CURL *handle, curl_infotype type, char *text, size_t size, void *context)
{
    (void)handle, (void)type, (void)text, (void)size, (void)context;
    if (is_over)
        puts("called after the end");
    return 0;
}

static void *make(void *unused)
{
    easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, debug);
    pthread_barrier_wait(&is_made);
    for (;;)
        pause();
    return unused;
}

/* A server that never answers. */
static void listen_deaf(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 5) ||
        getsockname(listener, (struct sockaddr *)&address, &length))
        perror("listen");
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
}

int main(void)
{
    pthread_t thread;
    int running = 1;
    curl_global_init(CURL_GLOBAL_ALL);
    listen_deaf();
    pthread_barrier_init(&is_made, NULL, 2);
    pthread_create(&thread, NULL, make, NULL);
    pthread_barrier_wait(&is_made);
    CURLM *multi = curl_multi_init();
    curl_multi_add_handle(multi, easy);
    for (int i = 0; i < 10 && running; i++)
        curl_multi_perform(multi, &running);
    return 0;
}
