/* Ends in the middle of something that its peer will never let it finish.
 *
 *   stuck STATE URL
 *
 *   resolving   the name server does not answer
 *   connecting  nobody answers the first packet
 *   shaking     the peer accepts, and says nothing of TLS
 *   stuffed     all has been said that the peer's window has room for */
#include <curl/curl.h>
#include <netdb.h>
#include <poll.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Stands before libc's: a name server that does not answer. Those of the machine
 * do, and a program cannot choose another. */
static sem_t is_asked;
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    (void)name, (void)service, (void)hints, (void)found;
    sem_post(&is_asked);
    poll(NULL, 0, 120000);
    return EAI_AGAIN;
}

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "stuck: %s\n", what);
        exit(99);
    }
}

/* One more step, and then as long as it takes until there is another to make. */
static void step(CURLM *multi)
{
    int running = 0;
    curl_multi_poll(multi, NULL, 0, 20, NULL);
    must(curl_multi_perform(multi, &running) == CURLM_OK && running == 1, "the transfer has ended");
}

static void until_asked(CURLM *multi)
{
    step(multi);
    sem_wait(&is_asked);
}

/* Until libcurl waits for its socket to be writable: to be connected; or readable:
 * for an answer. */
static void until_waiting(CURLM *multi, int is_for_answer)
{
    int highest = -1;
    fd_set sets[3]; /* to read, to write, others */
    while (highest < 0 || !FD_ISSET(highest, &sets[is_for_answer ? 0 : 1])) {
        for (int i = 0; i < 3; i++)
            FD_ZERO(&sets[i]);
        step(multi);
        curl_multi_fdset(multi, &sets[0], &sets[1], &sets[2], &highest);
    }
}

static void until_stuffed(CURL *easy)
{
    static char text[16384];
    size_t sent = 0;
    CURLcode result;
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    must(curl_easy_perform(easy) == CURLE_OK, "no connection");
    while ((result = curl_easy_send(easy, text, sizeof text, &sent)) == CURLE_OK)
        ;
    must(result == CURLE_AGAIN, "curl_easy_send");
}

int main(int count, char **words)
{
    must(count == 3, "usage: stuck STATE URL");
    sem_init(&is_asked, 0, 0);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, words[2]);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    if (!strcmp(words[1], "stuffed")) {
        until_stuffed(easy);
        return puts("stuffed") < 0;
    }
    CURLM *multi = curl_multi_init();
    curl_multi_add_handle(multi, easy);
    if (!strcmp(words[1], "resolving"))
        until_asked(multi);
    else if (!strcmp(words[1], "connecting"))
        until_waiting(multi, 0);
    else if (!strcmp(words[1], "shaking"))
        until_waiting(multi, 1);
    else
        must(0, "unknown state");
    return puts(words[1]) < 0;
}
