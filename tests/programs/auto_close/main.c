/* The program that all situations are in: `situations NAME`. TEST_HTTPS_URL is
 * the server. */
#include "situations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int events[2];

void must(bool is_good, const char *what)
{
    if (is_good)
        return;
    dprintf(2, "%s failed\n", what);
    _exit(99);
}

size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}

CURL *prepared(CURL *easy)
{
    /* One certificate is read faster than all of the system's. */
    must(easy && !curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTPS_URL")) &&
             !curl_easy_setopt(easy, CURLOPT_CAINFO, getenv("TEST_CERT")) &&
             !curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) &&
             !curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop),
         "curl_easy_setopt");
    return easy;
}

CURL *live(void)
{
    CURL *easy = prepared(curl_easy_init());
    must(curl_easy_perform(easy) == CURLE_OK, "curl_easy_perform");
    return easy;
}

pthread_t in_thread(void *(*run)(void *), void *context)
{
    pthread_t thread;
    must(pthread_create(&thread, NULL, run, context) == 0, "pthread_create");
    return thread;
}

void tell(void) { must(write(events[1], "x", 1) == 1, "write"); }

void await(int count)
{
    char byte;
    for (int i = 0; i < count; i++)
        must(read(events[0], &byte, 1) == 1, "read");
}

void hang(void)
{
    for (;;)
        pause();
}

int main(int count, char **words)
{
    const struct situation *const lists[] = {ends, uses, races};
    must(pipe(events) == 0, "pipe");
    for (size_t i = 0; count == 2 && i < sizeof lists / sizeof lists[0]; i++)
        for (const struct situation *at = lists[i]; at->name; at++)
            if (strcmp(at->name, words[1]) == 0)
                return at->run();
    must(false, "situation");
}
